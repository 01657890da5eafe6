#pragma once

namespace skald {

// A port of 127.0.0.1 that was free a moment ago; 0 where none was found. It lies below those that the kernel gives to
// outgoing connections (from 32768 on), one of which could take it before the caller does.
int free_port();

}  // namespace skald
