#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace skald::workers {

// A folder of secrets, gone with its test.
class SecretsFolder {
 public:
  SecretsFolder() {
    std::string folder = "/tmp/skald-secrets-XXXXXX";
    path_ = ::mkdtemp(folder.data());
  }
  ~SecretsFolder() { std::filesystem::remove_all(path_); }
  SecretsFolder(const SecretsFolder&) = delete;
  SecretsFolder& operator=(const SecretsFolder&) = delete;

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace skald::workers
