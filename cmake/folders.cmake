# One static library for each folder of sources, as folders.txt has them: the library of
# thin-tools/check is thin_tools_check.
set(FOLDER_TABLE ${CMAKE_CURRENT_LIST_DIR}/folders.txt)
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FOLDER_TABLE})

function(folder_target folder result)
  string(REGEX REPLACE "[/-]" "_" name ${folder})
  set(${result} ${name} PARENT_SCOPE)
endfunction()

# The standard headers that most files read, parsed once: the lowest folder's library
# makes them, every other one uses them.
set(PRECOMPILED_OWNER persistent_data_base)
function(precompile target)
  if(NOT target STREQUAL PRECOMPILED_OWNER)
    target_precompile_headers(${target} REUSE_FROM ${PRECOMPILED_OWNER})
    return()
  endif()
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <cstdint> <cstring> <functional> <map> <memory> <optional> <ranges> <span>
    <string> <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)
endfunction()

# A program of the whole library, used or not: what it takes from folders that it does not
# stand on is missing from the link.
function(check_link target)
  set(main ${PROJECT_BINARY_DIR}/link_check.cc)
  file(CONFIGURE OUTPUT ${main} CONTENT "int main() {}\n")
  add_executable(link_check_${target} ${main})
  set_target_properties(link_check_${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/link-checks)
  target_link_libraries(link_check_${target} PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,${target}>)
endfunction()

function(add_folder_library folder below)
  if(folder MATCHES "/")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  else()
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  endif()
  folder_target(${folder} target)
  add_library(${target} STATIC ${sources})
  target_link_libraries(${target} PUBLIC project_options)
  foreach(lower ${below})
    folder_target(${lower} lower_target)
    if(NOT TARGET ${lower_target})
      message(FATAL_ERROR "cmake/folders.txt: ${folder} stands on ${lower}, which is not above it")
    endif()
    target_link_libraries(${target} PUBLIC ${lower_target})
  endforeach()
  precompile(${target})
  if(THIN_TESTS)
    check_link(${target})
  endif()
endfunction()

# The libraries of the folders in `top`, and of `top` itself if the table has it.
function(add_folder_libraries top)
  file(STRINGS ${FOLDER_TABLE} lines REGEX "^${top}[ /:]")
  set(known "")
  foreach(line ${lines})
    string(REGEX MATCH "^([^ :]+) *:?(.*)" matched "${line}")
    set(folder ${CMAKE_MATCH_1})
    set(below "${CMAKE_MATCH_2}")
    separate_arguments(below UNIX_COMMAND "${below}")
    add_folder_library(${folder} "${below}")
    list(APPEND known ${folder})
  endforeach()
  file(GLOB children RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${top}/*)
  foreach(child ${children})
    if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/${child} AND NOT child IN_LIST known)
      message(FATAL_ERROR "cmake/folders.txt has no line for ${child}")
    endif()
  endforeach()
endfunction()
