#pragma once

// A file system of a few megabytes.

#include <sys/mount.h>

#include <filesystem>
#include <string>

#include "tests/store/support.h"

namespace skald::store::testing {

class SmallDisk {
 public:
  explicit SmallDisk(int mebibytes) {
    mounted_ = ::mount("skald-test", path().c_str(), "tmpfs", 0, size(mebibytes).c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // False where this user may not mount.
  bool mounted() const { return mounted_; }
  const std::string& path() const { return dir_.path(); }
  void resize(int mebibytes) {
    EXPECT_EQ(::mount("skald-test", path().c_str(), "tmpfs", MS_REMOUNT, size(mebibytes).c_str()), 0);
  }

 private:
  static std::string size(int mebibytes) { return "size=" + std::to_string(mebibytes) + "m"; }

  TempDir dir_;
  bool mounted_ = false;
};

}  // namespace skald::store::testing
