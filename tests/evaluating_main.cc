// For test programs that evaluate expressions: jq runs in children that are this executable.

#include <gtest/gtest.h>

#include "engine/definition/jq_process.h"

int main(int argc, char** argv) {
  if (skald::definition::is_expression_server(argc, argv)) return skald::definition::serve_expressions();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
