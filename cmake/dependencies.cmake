# The libraries that the project stands on. All are Debian packages; run-tests
# and quickstart install them.
if(THIN_STATIC)
  set(Boost_USE_STATIC_LIBS ON)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
endif()
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(EXPAT REQUIRED)
find_package(fmt REQUIRED)
find_package(Boost REQUIRED COMPONENTS program_options)
find_package(nlohmann_json REQUIRED)
# Digests: its header is compiled in.
find_path(XXHASH_INCLUDE xxhash.h REQUIRED)
# Traces compressed by xz and zstd.
pkg_check_modules(LZMA REQUIRED IMPORTED_TARGET liblzma)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

# Debian has neither fmt nor ISA-L as an archive: a static binary compiles the
# one from its headers and does without the other (persistent-data/format/crc32c.h),
# as does every build on an architecture that ISA-L is not made for (armhf, i386, s390x).
if(THIN_STATIC)
  set(THIN_FMT fmt::fmt-header-only)
else()
  set(THIN_FMT fmt::fmt)
  pkg_check_modules(ISAL IMPORTED_TARGET libisal)
endif()

# The server that thin_nbd starts, for its plugin. Plugins go where nbdkit looks, which is
# below the prefix of both where they are installed alike.
set(plugins ${CMAKE_INSTALL_LIBDIR}/nbdkit/plugins)
# nbdkit itself has no sanitizers, and loads no part of a static program.
if(THIN_NBDKIT AND NOT THIN_STATIC AND NOT THIN_SANITIZE AND NOT THIN_FUZZ)
  pkg_check_modules(NBDKIT IMPORTED_TARGET nbdkit>=1.24)
  if(NBDKIT_FOUND)
    pkg_get_variable(plugins nbdkit plugindir)
    pkg_get_variable(nbdkit_prefix nbdkit prefix)
    cmake_path(RELATIVE_PATH plugins BASE_DIRECTORY "${nbdkit_prefix}")
  else()
    message(STATUS "The headers of nbdkit are not there (nbdkit-plugin-dev): no plugin is built")
  endif()
endif()
set(THIN_NBDKIT_PLUGINDIR ${plugins} CACHE PATH "Where nbdkit finds plugins, from the prefix")

# For thin_explore, which without it prints pages, but draws none.
pkg_check_modules(CURSES ncursesw)
