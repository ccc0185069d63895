# `cmake --install` and `cpack`: the program, its man page and completions, which it prints itself, job scripts, licence.
# Nothing in the tree knows where it lies: it may be moved as a whole.
include(GNUInstallDirs)
set(generated ${CMAKE_BINARY_DIR}/generated)
set(documents ${generated}/balassa.1 ${generated}/balassa.bash ${generated}/_balassa ${generated}/balassa.fish)
add_custom_command(OUTPUT ${documents} DEPENDS balassa VERBATIM
  COMMAND balassa completion man > ${generated}/balassa.1
  COMMAND balassa completion bash > ${generated}/balassa.bash
  COMMAND balassa completion zsh > ${generated}/_balassa
  COMMAND balassa completion fish > ${generated}/balassa.fish)
add_custom_target(documents ALL DEPENDS ${documents})

set(share ${CMAKE_INSTALL_DATADIR}/balassa)
install(TARGETS balassa RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(BALASSA_WITH_MPI)
  install(TARGETS balassa-mpi RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES ${generated}/balassa.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${generated}/balassa.bash RENAME balassa DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${generated}/_balassa DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${generated}/balassa.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES scripts/demo-plan.toml DESTINATION ${share})
install(FILES scripts/slurm/sweep.sbatch scripts/slurm/merge.sbatch DESTINATION ${share}/slurm)
install(PROGRAMS scripts/slurm/submit.sh DESTINATION ${share}/slurm)
configure_file(scripts/packaging/modulefile.in ${generated}/modulefile @ONLY)
install(FILES ${generated}/modulefile RENAME ${PROJECT_VERSION} DESTINATION ${share}/modulefiles/balassa)

# A tarball that runs wherever it is unpacked: preset `portable`, then `cpack` in its build folder (scripts/packaging/README.md).
set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_VENDOR balassa)
set(CPACK_STRIP_FILES ON)
string(TOLOWER ${CMAKE_SYSTEM_NAME} system)
set(CPACK_PACKAGE_FILE_NAME balassa-${PROJECT_VERSION}-${system}-${CMAKE_SYSTEM_PROCESSOR})
include(CPack)
