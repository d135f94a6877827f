// `process-nextick-args`, of which mqtt-packet asks only to uncork a stream of Node's: on the page it has none.

exports.nextTick = (run, ...args) => queueMicrotask(() => run(...args));
