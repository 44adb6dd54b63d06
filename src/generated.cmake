# The manual page and the completions of shells, which the program prints from its own tables. A
# program that was built for another machine cannot be asked, so that there is neither then.
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
    return()
endif()

set(generated ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${generated})
set(generated_files)

# dlt_generated(KIND FILE FOLDER): what `dltrain generate KIND` prints becomes FOLDER/FILE of the
# installed tree.
function(dlt_generated kind file folder)
    add_custom_command(OUTPUT ${generated}/${file}
        COMMAND dltrain generate ${kind} > ${generated}/${file} DEPENDS dltrain VERBATIM)
    install(FILES ${generated}/${file} DESTINATION ${folder})
    set(generated_files ${generated_files} ${generated}/${file} PARENT_SCOPE)
endfunction()

dlt_generated(man dltrain.1 ${CMAKE_INSTALL_MANDIR}/man1)
dlt_generated(bash dltrain ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
dlt_generated(zsh _dltrain ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
add_custom_target(generated ALL DEPENDS ${generated_files})
