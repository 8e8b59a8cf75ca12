# The library as other programs embed it: one archive of all folders of persistent-data,
# the headers that read a pool, an export set (find_package(thin-tools), target
# thin-tools::persistent-data) and a .pc file. Component "development": no part of the
# Debian package of the tools.
set(objects "")
foreach(folder base format io btree space_map transaction engine survey stream)
  list(APPEND objects $<TARGET_OBJECTS:persistent_data_${folder}>)
endforeach()
add_library(persistent_data_archive STATIC ${objects})
set_target_properties(persistent_data_archive PROPERTIES
  OUTPUT_NAME persistent-data EXPORT_NAME persistent-data LINKER_LANGUAGE CXX)
target_compile_features(persistent_data_archive INTERFACE cxx_std_20)
target_include_directories(persistent_data_archive INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/thin-tools>)
target_link_libraries(persistent_data_archive INTERFACE ${THIN_FMT} Threads::Threads)
set(pc_requires fmt)
if(TARGET PkgConfig::ISAL)
  target_link_libraries(persistent_data_archive INTERFACE PkgConfig::ISAL)
  string(APPEND pc_requires ", libisal")
endif()

# What a program includes; persistent-data/README.md says what for.
set(public_headers base/error base/ids format/damage format/damage_catalogue format/damage_sinks
  io/batch_reader survey/recognise survey/pool_layout survey/small_trees
  stream/metadata_stream stream/pool_reader)
# What these include in turn.
set(inner_headers base/key_range base/numbered base/require base/status format/block format/device_details
  format/field_table format/little_endian format/space_map_root format/superblock
  io/block_device io/file_device io/file_handle)
foreach(header ${public_headers} ${inner_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${PROJECT_SOURCE_DIR}/persistent-data/${header}.h COMPONENT development
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/thin-tools/persistent-data/${folder})
endforeach()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/thin-tools)
install(TARGETS persistent_data_archive EXPORT thin-tools
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT thin-tools NAMESPACE thin-tools:: FILE thin-tools-targets.cmake
  DESTINATION ${package_dir} COMPONENT development)
include(CMakePackageConfigHelpers)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/thin-tools-config.cmake.in
  ${PROJECT_BINARY_DIR}/thin-tools-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/thin-tools-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/thin-tools-config.cmake
  ${PROJECT_BINARY_DIR}/thin-tools-config-version.cmake
  DESTINATION ${package_dir} COMPONENT development)

# The prefix may be chosen when it is installed, so the .pc file is made then.
install_path("${CMAKE_INSTALL_LIBDIR}" libdir)
install_path("${CMAKE_INSTALL_INCLUDEDIR}" includedir)
install(CODE "
  set(prefix \"\${CMAKE_INSTALL_PREFIX}\")
  set(libdir \"${libdir}\")
  set(includedir \"${includedir}\")
  set(version \"${PROJECT_VERSION}\")
  set(requires \"${pc_requires}\")
  message(STATUS \"Installing: \$ENV{DESTDIR}\${libdir}/pkgconfig/thin-tools.pc\")
  configure_file(\"${CMAKE_CURRENT_LIST_DIR}/thin-tools.pc.in\"
    \"\$ENV{DESTDIR}\${libdir}/pkgconfig/thin-tools.pc\" @ONLY)" COMPONENT development)
