// A program that does nothing: the machine itself.

host.end();
