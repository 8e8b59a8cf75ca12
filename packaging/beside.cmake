# Read by cpack: `cpack -D THIN_PACKAGE_BESIDE=ON` makes the package that leaves
# another package's tools where they are.
if(THIN_PACKAGE_BESIDE)
  set(CPACK_PACKAGE_NAME thin-tools-beside)
  set(CPACK_DEBIAN_PACKAGE_NAME thin-tools-beside)
  set(CPACK_INSTALL_PREFIX /usr/lib/thin-tools)
  set(CPACK_DEBIAN_PACKAGE_PROVIDES "")
  set(CPACK_DEBIAN_PACKAGE_REPLACES "")
  set(CPACK_DEBIAN_PACKAGE_CONFLICTS thin-tools)
endif()
