// `debug`, silent.

module.exports = () => () => {};
