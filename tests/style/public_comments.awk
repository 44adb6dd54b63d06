# Each prototype of a public header has a comment with the lines Collective and Errors.
FNR == 1 { comment = "" }
/^\/\*\*/ { comment = ""; inside = 1 }
inside {
    comment = comment $0 "\n"
    inside = !/\*\//
    next
}
/^(static inline )?[A-Za-z_].*[a-z0-9_]\(/ && !/^(typedef|enum|struct [^(]*\{)/ {
    if (comment !~ /Collective:/ || comment !~ /Errors:/) {
        printf "%s:%d: the comment of this prototype lacks%s%s\n", FILENAME, FNR,
            comment !~ /Collective:/ ? " Collective:" : "", comment !~ /Errors:/ ? " Errors:" : ""
        found = 1
    }
}
/;$/ && !/^ / || /^$/ { comment = "" }
END { exit found }
