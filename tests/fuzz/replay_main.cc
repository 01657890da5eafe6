// Runs a fuzz target without libFuzzer: over its corpus, and for a while over simple mutations of it. The seed is
// fixed, so that a failure comes again; the input that failed is written to a file, whose name is printed. usage:
// fuzz_TARGET CORPUS_DIR [SECONDS [SEED]]

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/fuzz/target.h"

namespace {

using Bytes = std::vector<std::uint8_t>;

// What the handler of a crash writes out.
const Bytes* current = nullptr;
std::array<char, 64> failed_file{};

extern "C" void write_out(int signal) {
  const int file = ::open(failed_file.data(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file >= 0 && current != nullptr) {
    (void)!::write(file, current->data(), current->size());
    (void)!::write(STDERR_FILENO, "the input is in ", 16);
    (void)!::write(STDERR_FILENO, failed_file.data(), std::char_traits<char>::length(failed_file.data()));
    (void)!::write(STDERR_FILENO, "\n", 1);
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void watch_for_crashes() {
  std::snprintf(failed_file.data(), failed_file.size(), "/tmp/skald-fuzz-%d", ::getpid());
  static std::array<char, 64 * 1024> other_stack;  // the target's may have overflowed
  stack_t stack{};
  stack.ss_sp = other_stack.data();
  stack.ss_size = other_stack.size();
  ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = write_out;
  action.sa_flags = SA_ONSTACK;
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::sigaction(signal, &action, nullptr);
}

std::vector<Bytes> read_corpus(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Bytes> corpus;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return corpus;
}

class Mutator {
 public:
  Mutator(const std::vector<Bytes>& corpus, std::uint64_t seed) : corpus_(corpus), random_(seed) {}

  Bytes next() {
    Bytes bytes = corpus_[below(corpus_.size())];
    for (std::size_t left = 1 + below(6); left > 0; --left) change(bytes);
    if (bytes.size() > kMaxBytes) bytes.resize(kMaxBytes);
    return bytes;
  }

 private:
  static constexpr std::size_t kMaxBytes = 64 * 1024;

  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  auto place(Bytes& bytes) { return bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1)); }

  void change(Bytes& bytes) {
    static constexpr std::uint8_t kTelling[] = {0,   1,   0x7F, 0x80, 0xC0, 0xC1, 0xCF, 0xD3, 0xDB, 0xDF, 0xFF,
                                                '0', '9', '-',  '.',  '"',  '{',  '[',  '\n', '$',  '\\', ':'};
    if (bytes.empty()) bytes.push_back(static_cast<std::uint8_t>(random_()));
    const std::size_t at = below(bytes.size());
    switch (below(7)) {
      case 0:
        bytes[at] ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 1:
        bytes[at] = kTelling[below(std::size(kTelling))];
        break;
      case 2:
        bytes.insert(place(bytes), 1 + below(4), kTelling[below(std::size(kTelling))]);
        break;
      case 3: {  // a piece goes
        const std::size_t size = 1 + below(std::min<std::size_t>(bytes.size() - at, 16));
        bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    bytes.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, bytes.size())));
        break;
      }
      case 4:  // a piece of another
        insert_piece(bytes, corpus_[below(corpus_.size())]);
        break;
      case 5:  // a piece of itself, again and again
        for (std::size_t left = 1 + below(8); left > 0; --left) insert_piece(bytes, Bytes(bytes));
        break;
      default:
        bytes.resize(at);
    }
  }

  void insert_piece(Bytes& bytes, const Bytes& from) {
    if (from.empty() || bytes.size() > kMaxBytes) return;
    const std::size_t begin = below(from.size());
    const std::size_t size = 1 + below(from.size() - begin);
    bytes.insert(place(bytes), from.begin() + static_cast<std::ptrdiff_t>(begin),
                 from.begin() + static_cast<std::ptrdiff_t>(begin + size));
  }

  const std::vector<Bytes>& corpus_;
  std::mt19937_64 random_;
};

void run(const Bytes& bytes) {
  current = &bytes;
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS_DIR [SECONDS [SEED]]\n", argv[0]);
    return 2;
  }
  const double seconds = argc > 2 ? std::atof(argv[2]) : 0;
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  watch_for_crashes();
  const std::vector<Bytes> corpus = read_corpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s holds no corpus\n", argv[1]);
    return 1;
  }
  for (const Bytes& bytes : corpus) run(bytes);
  Mutator mutator(corpus, seed);
  std::uint64_t mutations = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (; std::chrono::steady_clock::now() < end; ++mutations) run(mutator.next());
  std::printf("%zu of the corpus, %llu mutations\n", corpus.size(), static_cast<unsigned long long>(mutations));
  return 0;
}
