# Usage: zsh -f complete.zsh FOLDER, in the repository: an interactive zsh, with the completions
# that FOLDER holds, to which the words of a line and a tab are typed.
zmodload zsh/zpty || { echo 'left out: zsh has no module zpty'; exit 0 }
failed=0

zpty shell zsh -f -i
zpty -w shell "PS1= PS2= fpath=($1 \$fpath)"
zpty -w shell 'autoload -U compinit && compinit -u -D; unsetopt zle_bracketed_paste; LISTMAX=1000 KEYTIMEOUT=1'
zpty -w shell "show() { print -r -- \"<line>\$BUFFER</line>\"; BUFFER=; zle accept-line }"
zpty -w shell "zle -N show; bindkey '^I' complete-word '^X' show; stty -echo; print re''ady"
zpty -r -m shell heard '*ready*'

# gives LINE BEGINNING: the tab makes the line of its beginning.
gives() {
    local heard
    zpty -w -n shell "$2"$'\t\C-x'
    zpty -r -m shell heard '*</line>*'
    heard=${${heard##*<line>}%%</line>*}
    [[ ${heard% } == $1 ]] || { echo "zsh: $2 is completed to $heard" >&2; failed=1 }
}

gives 'dltrain train' 'dltrain tra'
gives 'dltrain data import' 'dltrain data imp'
gives 'dltrain train --resume' 'dltrain train --res'
gives 'dltrain bench compare mlp --allreduce' 'dltrain bench compare mlp --all'
gives 'dltrain train --set train.epochs=' 'dltrain train --set train.ep'
gives 'dltrain train --set data.shuffle=true' 'dltrain train --set data.shuffle=t'
gives 'dltrain data synth blobs --set classes=' 'dltrain data synth blobs --set cla'
gives 'dltrain list layers' 'dltrain list la'
gives 'dltrain help train.epochs' 'dltrain help train.ep'
gives 'dltrain bench step resnet20' 'dltrain bench step res'
gives 'dltrain data import cifar10' 'dltrain data import cif'
gives 'dltrain train launch/recipes/quickstart.yaml' 'dltrain train launch/recipes/quick'
zpty -d shell
exit $failed
