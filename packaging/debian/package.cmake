# Run by cpack on the staged tree.
function(run)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output RESULT_VARIABLE status
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${status} ${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

set(name thin-tools)
set(layout diverting)
if(THIN_PACKAGE_BESIDE)
  set(name thin-tools-beside)
  set(layout beside)
endif()
set(tree ${CPACK_TEMPORARY_DIRECTORY})
run(${CPACK_THIN_PACKAGING_DIR}/separate-dev ${tree} ${CPACK_TOPLEVEL_DIRECTORY}/dev)
run(${CPACK_THIN_PACKAGING_DIR}/arrange ${tree} ${layout})
run(${CPACK_THIN_PACKAGING_DIR}/build-deb ${tree} ${name} ${CPACK_PACKAGE_VERSION}
  ${CPACK_PACKAGE_DIRECTORY})
set(CPACK_EXTERNAL_BUILT_PACKAGES ${output})
message(STATUS "package: ${output}")
