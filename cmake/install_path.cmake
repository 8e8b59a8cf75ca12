# Where install scripts put what CMake's own commands cannot install: `directory`, as
# GNUInstallDirs has it, relative to the prefix of the installation or absolute.
function(install_path directory result)
  if(IS_ABSOLUTE "${directory}")
    set(${result} "${directory}" PARENT_SCOPE)
  else()
    set(${result} "\${CMAKE_INSTALL_PREFIX}/${directory}" PARENT_SCOPE)
  endif()
endfunction()
