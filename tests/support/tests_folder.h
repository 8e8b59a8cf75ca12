// Where the files of the tests are: the folder tests/ of the sources.
#pragma once

#include <string>

namespace test_support {

const std::string& tests_folder();

}  // namespace test_support
