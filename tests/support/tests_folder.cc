#include "tests/support/tests_folder.h"

namespace test_support {

const std::string& tests_folder() {
  static const std::string folder = THIN_TESTS_DIR;
  return folder;
}

}  // namespace test_support
