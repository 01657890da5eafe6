#include "cli/standard_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "engine/base/check.h"

namespace skald::cli {
namespace {

using definition::DocNode;

constexpr std::array<std::string_view, 4> kSagaKeys{"retry", "compensate", "pivot", "effect"};

DocNode mapping() {
  DocNode node;
  node.type = DocNode::Type::kMapping;
  return node;
}

DocNode* find(DocNode& node, std::string_view key) {
  for (auto& [name, value] : node.entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

// The mapping behind a key, made where there is none.
DocNode& mapping_at(DocNode& node, const std::string& key) {
  if (DocNode* found = find(node, key)) return *found;
  node.entries.emplace_back(key, mapping());
  return node.entries.back().second;
}

// Takes an entry out.
std::optional<DocNode> taken(DocNode& node, std::string_view key) {
  for (auto at = node.entries.begin(); at != node.entries.end(); ++at) {
    if (at->first != key) continue;
    DocNode value = std::move(at->second);
    node.entries.erase(at);
    return value;
  }
  return std::nullopt;
}

class Exporter {
 public:
  explicit Exporter(std::string file) : file_(std::move(file)) {}

  Status workflow(DocNode& root) {
    if (auto metadata = taken(root, "metadata"); metadata && find(root, "document") != nullptr) {
      DocNode& into = mapping_at(*find(root, "document"), "metadata");
      for (auto& entry : metadata->entries) into.entries.push_back(std::move(entry));
    }
    if (DocNode* use = find(root, "use")) {
      if (DocNode* functions = find(*use, "functions")) {
        for (auto& [name, function] : functions->entries) SKALD_TRY(call(function));
      }
    }
    DocNode* tasks = find(root, "do");
    return tasks != nullptr ? list(*tasks) : Status();
  }

 private:
  Status list(DocNode& tasks) {
    for (DocNode& item : tasks.items) {
      for (auto& [name, what] : item.entries) SKALD_TRY(task(what));
    }
    return {};
  }

  // Wherever it stands, a task holds others under the same few keys.
  Status task(DocNode& node) {
    SKALD_TRY(call(node));
    for (const char* tasks : {"do", "try"}) {
      if (DocNode* inner = find(node, tasks)) SKALD_TRY(list(*inner));
    }
    if (DocNode* fork = find(node, "fork")) {
      if (DocNode* branches = find(*fork, "branches")) SKALD_TRY(list(*branches));
    }
    if (DocNode* clause = find(node, "catch")) SKALD_TRY(handler(node, *clause));
    for (const std::string_view key : kSagaKeys) {
      if (auto value = taken(node, key)) set_metadata(node, std::string(key), *std::move(value));
    }
    return {};
  }

  Status handler(DocNode& node, DocNode& clause) {
    if (clause.type == DocNode::Type::kNull) clause = mapping();
    if (DocNode* tasks = find(clause, "do")) SKALD_TRY(list(*tasks));
    auto compensate = taken(clause, "compensate");
    if (!compensate) return {};
    DocNode spelled = mapping();
    spelled.entries.emplace_back("compensate", *std::move(compensate));
    set_metadata(node, "catch", std::move(spelled));
    return {};
  }

  Status call(DocNode& node) const {
    const DocNode* called = node.find("call");
    const DocNode* with = node.find("with");
    if (called == nullptr || with == nullptr || with->is_mapping()) return {};
    return fail(ErrorKind::kInvalid, "not-standard",
                fmt::format("{}:{}:{}: the standard has 'with' as a mapping only; write its members out", file_,
                            with->line, with->column));
  }

  static void set_metadata(DocNode& node, const std::string& key, DocNode value) {
    mapping_at(node, "metadata").entries.emplace_back(key, std::move(value));
  }

  const std::string file_;
};

bool is_word(const std::string& text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (text.empty() || text.size() > 100 || !letter(text.front())) return false;
  for (const char c : text) {
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '/') return false;
  }
  // Words that YAML, in one version or another, takes for something else.
  static constexpr std::string_view kOthers[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  std::string lower = text;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(std::begin(kOthers), std::end(kOthers), lower) == std::end(kOthers);
}

// Plain where nothing else can be meant, in single quotes where it can stand as it is, and else as JSON writes it.
std::string scalar(const std::string& text) {
  if (is_word(text)) return text;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return to_json(text);
  }
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

class Writer {
 public:
  void node(const DocNode& node, std::size_t indent) {
    if (node.is_mapping()) {
      for (const auto& [key, value] : node.entries) {
        out_ += std::string(indent, ' ') + scalar(key) + ":";
        behind_key(value, indent);
      }
    } else {
      for (const DocNode& item : node.items) {
        const std::size_t start = out_.size();
        if (is_block(item)) {
          this->node(item, indent + 2);
          out_[start + indent] = '-';
        } else {
          out_ += std::string(indent, ' ') + "- " + inline_text(item) + "\n";
        }
      }
    }
  }
  std::string take() { return std::move(out_); }

  static bool is_block(const DocNode& node) { return !node.entries.empty() || !node.items.empty(); }
  static std::string inline_text(const DocNode& node) {
    if (node.is_mapping()) return "{}";
    if (node.is_sequence()) return "[]";
    if (node.is_string()) return scalar(node.scalar.get_ref<const std::string&>());
    return to_json(node.value());
  }

 private:
  void behind_key(const DocNode& value, std::size_t indent) {
    if (!is_block(value)) {
      out_ += " " + inline_text(value) + "\n";
    } else {
      out_ += "\n";
      node(value, indent + 2);
    }
  }

  std::string out_;
};

}  // namespace

std::string as_yaml(const DocNode& node) {
  if (!Writer::is_block(node)) return Writer::inline_text(node) + "\n";
  Writer writer;
  writer.node(node, 0);
  return writer.take();
}

Result<std::string> standard_export(const std::string& text, const std::string& file) {
  SKALD_ASSIGN(DocNode root, definition::parse_document(text, file));
  if (!root.is_mapping()) return fail(ErrorKind::kInvalid, "bad-definition", file + ":1:1: expected a workflow");
  Exporter exporter(file);
  SKALD_TRY(exporter.workflow(root));
  std::string written = as_yaml(root);
  // One that was near a limit may be beyond it now.
  SKALD_ASSIGN(const DocNode again, definition::parse_document(written, file + " as YAML"));
  SKALD_CHECK(again.value() == root.value(), "what is written is read again as the same");
  return written;
}

}  // namespace skald::cli
