#pragma once

namespace skald {

// A port of 127.0.0.1 that is free; 0 where none was found. It lies below those that the kernel gives to outgoing
// connections (from 32768 on), one of which could take it before the caller does. No other call gets it while this
// process lives, in this process or another, though nobody listens on it yet.
// Threading: from any thread.
int free_port();

// Whether nobody listens on this one, though connections to it may have ended a moment ago: for a server that listens
// besides those (SO_REUSEADDR). free_port() then gives it to nobody either.
bool take_port(int port);

}  // namespace skald
