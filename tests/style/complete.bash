# Usage: bash complete.bash SCRIPT, in the repository: what the completions of bash give.
# shellcheck shell=bash disable=SC1090
. "$1"
failed=0

# complete WORD...: as bash does it for these words, the last one under way; an "=" is a word of its
# own there.
complete_words() {
    local word
    COMP_WORDS=()
    for word in "$@"; do
        while [[ $word == *=* ]]; do
            [[ ${word%%=*} == '' ]] || COMP_WORDS+=("${word%%=*}")
            COMP_WORDS+=("=")
            word=${word#*=}
            [[ $word != '' ]] || continue 2
        done
        COMP_WORDS+=("$word")
    done
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _dltrain 2>/dev/null
}

# gives EXPECTED WORD...: each of the expected words, and nothing if there is none.
gives() {
    local expected=$1 each
    shift
    complete_words "$@"
    for each in $expected; do
        [[ " ${COMPREPLY[*]} " == *" $each "* ]] || {
            echo "bash: $* is not completed to $each but to: ${COMPREPLY[*]}" >&2
            failed=1
        }
    done
    [[ -n $expected || ${#COMPREPLY[@]} -eq 0 ]] || {
        echo "bash: $* is completed to ${COMPREPLY[*]}" >&2
        failed=1
    }
}

gives train dltrain tr
gives 'train data bench --version' dltrain ''
gives '' dltrain nonsense ''
gives 'import synth info' dltrain data ''
gives 'step compare reduce kernels data checkpoint' dltrain bench ''
gives '--resume --set' dltrain train --
gives '--against --allreduce' dltrain bench compare mlp --a
gives '' dltrain list --x
gives 'train.epochs=' dltrain train --set train.ep
gives 'train.batch=' dltrain train run.yaml --set=train.ba
gives 'optimizer.adam.lr= optimizer.adam.eps=' dltrain plan --set optimizer.adam.
gives 'true false' dltrain train --set data.shuffle=
gives 'adam adamw' dltrain train --set optimizer=ada
gives '' dltrain train --set train.no-such
gives 'missing_tokens=' dltrain data import table.csv --set missing_t
gives 'classes=' dltrain data synth blobs --set cl
gives 'digits blobs spirals line' dltrain data synth ''
gives 'layers losses formats' dltrain list ''
gives 'train.epochs conv2d losses launch' dltrain help ''
gives launch/recipes/quickstart.yaml dltrain train launch/recipes/q
gives "$PWD/launch/recipes/mnist-cnn.yaml" dltrain verify "$PWD/launch/recipes/mnist-c"
gives 'mnist cifar10' dltrain data import ''
gives 'mlp cnn resnet20' dltrain bench step ''
gives src dltrain train --out sr
gives 'man bash zsh' dltrain generate ''
exit $failed
