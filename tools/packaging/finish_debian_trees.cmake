# Run by CPack: adds to the trees of the Debian packages what Debian's policy asks for and what an
# installation elsewhere has no use for (copyright, changelogs), and compresses what it wants
# compressed.

set(source_dir "${CPACK_HINDCAST_SOURCE_DIR}")

function(holder_of variable licence)
  file(STRINGS "${licence}" lines REGEX "^Copyright" LIMIT_COUNT 1)
  string(REGEX REPLACE "^Copyright *(\\([cC]\\))? *" "" holder "${lines}")
  set(${variable} "${holder}" PARENT_SCOPE)
endfunction()

# What comes after the holder: indented, and no line empty.
function(terms_of variable licence)
  file(READ "${licence}" text)
  string(REGEX REPLACE "^.*\n(Permission is hereby granted)" "\\1" text "${text}")
  string(STRIP "${text}" text)
  string(REGEX REPLACE "\n\n" "\n.\n" text "${text}")
  string(REPLACE "\n" "\n " text "${text}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

function(write_copyright docs)
  holder_of(ours "${source_dir}/LICENSE")
  holder_of(uplots "${CPACK_HINDCAST_UPLOT_LICENSE}")
  terms_of(terms "${source_dir}/LICENSE")
  file(WRITE "${docs}/copyright"
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: hindcast

Files: *
Copyright: ${ours}
License: Expat

Files: uPlot
Copyright: ${uplots}
License: Expat
Comment: Draws the charts of the HTML page, in which it is embedded.

License: Expat
 ${terms}
")
endfunction()

# Dated by the commit: a package is the same whenever it is made.
function(write_changelogs docs package)
  execute_process(COMMAND git -C "${source_dir}" log -1 --format=%cD
    OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT date)
    string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
  endif()
  string(REGEX REPLACE "^([A-Za-z]+), ([0-9]) " "\\1, 0\\2 " date "${date}")
  file(WRITE "${docs}/changelog.Debian"
"${package} (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * What is new is told in changelog.gz.

 -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${date}
")
  file(COPY_FILE "${source_dir}/CHANGELOG.md" "${docs}/changelog")
  file(REMOVE "${docs}/CHANGELOG.md" "${docs}/LICENSE")
  compress("${docs}/changelog.Debian" "${docs}/changelog")
endfunction()

function(compress)
  if(ARGN)
    file(CHMOD ${ARGN} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
    execute_process(COMMAND gzip --best --no-name --force ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
  endif()
endfunction()

function(finish component package)
  set(root "${CPACK_TEMPORARY_DIRECTORY}/${component}/usr")
  set(docs "${root}/share/doc/${package}")
  write_copyright("${docs}")
  write_changelogs("${docs}" ${package})
  file(CHMOD "${docs}/copyright" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  file(GLOB pages "${root}/share/man/man1/*.1")
  compress(${pages})
  # Where Debian's zsh looks for what comes in packages.
  if(EXISTS "${root}/share/zsh/site-functions")
    file(RENAME "${root}/share/zsh/site-functions" "${root}/share/zsh/vendor-completions")
  endif()
endfunction()

finish(program hindcast)
finish(development libhindcast-dev)
