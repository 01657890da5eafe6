#include "engine/runtime/catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/kinds.h"

namespace skald::runtime {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (true) {
    const auto end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) return parts;
    begin = end + 1;
  }
}

bool numeric(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// One identifier against another: numbers by value and before words.
int compare_identifiers(const std::string& a, const std::string& b) {
  if (numeric(a) && numeric(b)) {
    const auto trim = [](const std::string& text) {
      return text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
    };
    const std::string left = trim(a);
    const std::string right = trim(b);
    if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
    return left.compare(right);
  }
  if (numeric(a) != numeric(b)) return numeric(a) ? -1 : 1;
  return a.compare(b);
}

int compare_lists(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (const int order = compare_identifiers(a[i], b[i]); order != 0) return order;
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

}  // namespace

int compare_versions(const std::string& a, const std::string& b) {
  const auto parse = [](const std::string& text) {
    const std::string without_build = text.substr(0, text.find('+'));
    const auto dash = without_build.find('-');
    return std::pair(without_build.substr(0, dash),
                     dash == std::string::npos ? std::string() : without_build.substr(dash + 1));
  };
  const auto [core_a, pre_a] = parse(a);
  const auto [core_b, pre_b] = parse(b);
  if (const int order = compare_lists(split(core_a, '.'), split(core_b, '.')); order != 0) return order;
  if (pre_a.empty() != pre_b.empty()) return pre_a.empty() ? 1 : -1;  // a pre-release comes before its release
  if (const int order = compare_lists(split(pre_a, '.'), split(pre_b, '.')); order != 0) return order;
  return a.compare(b);  // build metadata has no precedence, but versions that differ are not one
}

void Catalog::load(store::DefinitionRow row) {
  const std::lock_guard lock(mutex_);
  workflows_[row.workflow].insert_or_assign(row.version, Entry{nullptr, std::move(row.source)});
}

Result<Catalog::WorkflowPtr> Catalog::compiled(const Entry& entry, const std::string& name) const {
  if (entry.compiled != nullptr) return entry.compiled;
  auto parsed = definition::parse_stored_workflow(entry.source, name, core::all_kinds(), jq_);
  if (!parsed) {
    return fail(ErrorKind::kDamaged, "damaged-definition",
                fmt::format("the stored definition {} does not compile: {}", name, parsed.error().message));
  }
  entry.compiled = std::move(parsed->workflow);
  entry.source.clear();
  return entry.compiled;
}

Result<definition::Parsed> Catalog::compile(const std::string& source, const std::string& file) {
  return definition::parse_workflow(source, file, core::all_kinds(), jq_);
}

void Catalog::add(WorkflowPtr workflow) {
  const std::lock_guard lock(mutex_);
  auto& versions = workflows_[workflow->full_name()];
  const std::string version = workflow->version;
  versions.insert_or_assign(version, Entry{std::move(workflow), {}});
}

Result<Catalog::WorkflowPtr> Catalog::find(const std::string& name, const std::string& version) const {
  const std::lock_guard lock(mutex_);
  const Versions* found = nullptr;
  for (const auto& [full_name, versions] : workflows_) {
    const bool matches =
        full_name == name || (name.find('/') == std::string::npos && full_name.substr(full_name.find('/') + 1) == name);
    if (!matches) continue;
    if (found != nullptr) {
      return fail(ErrorKind::kInvalid, "ambiguous-workflow",
                  fmt::format("several namespaces have a workflow '{}'; name one as namespace/name", name));
    }
    found = &versions;
  }
  if (found == nullptr) {
    return fail(ErrorKind::kNotFound, "unknown-workflow",
                fmt::format("no workflow '{}' is deployed; `skald workflows` lists what is", name));
  }
  const auto named = [&](const std::string& of) { return fmt::format("{}@{}", name, of); };
  if (version.empty()) return compiled(found->rbegin()->second, named(found->rbegin()->first));
  const auto at = found->find(version);
  if (at == found->end()) {
    return fail(
        ErrorKind::kNotFound, "unknown-workflow",
        fmt::format("workflow '{}' has no version '{}'; the highest is '{}'", name, version, found->rbegin()->first));
  }
  return compiled(at->second, named(version));
}

}  // namespace skald::runtime
