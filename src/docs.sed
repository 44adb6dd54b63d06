# What turns the comments of the public headers into those of Doxygen: a line `Errors:  TEXT` becomes
# a paragraph with that title, and a comment behind a field belongs to the field.
s#^( ?\*) +(Math|Shapes|Units|Collective|Owns|Errors|Exact|Source): +#\1 @par \2\n\1 #
s#^( +[^/ ][^/]*[;,{]|    [A-Z0-9_]+)( +)/\* #\1\2/**< #
