// skald-pieces: runs every piece of tests/pieces, so that valgrind can count what it does; see instructions.cc. Prints,
// in the order in which they ran, how often each call of a piece allocated, and its name.
//
// A program of its own, with no more in it than the pieces: of the functions that many files instantiate, as the JSON
// library's, the linker takes those of the first, and those of another may be inlined otherwise.

#include <cstdio>
#include <cstdlib>
#include <new>

#include "tests/pieces/piece.h"

namespace {

constexpr std::size_t kTimes = 32;  // what is done only sometimes, as when a container grows, is spread over these

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* made = std::malloc(bytes)) return made;
  throw std::bad_alloc();
}
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }

// Valgrind finds it by its name, so that its headers are not needed to build this.
extern "C" [[gnu::noipa]] void skald_counted(const std::function<void()>& work) {
  for (std::size_t i = 0; i < kTimes; ++i) work();
}

int main() {
  for (const skald::pieces::Piece& piece : skald::pieces::all_pieces()) {
    piece.prepare(1)();  // what is made once, as tables and caches, is there then
    const std::function<void()> work = piece.prepare(kTimes);
    const std::size_t before = allocations;
    skald_counted(work);
    const auto made = static_cast<double>(allocations - before);
    std::printf("%zu %.4f %s\n", kTimes, made / kTimes, piece.name.c_str());
  }
  return 0;
}
