# fish completion for skald; made by `skald completion fish`. What may stand next is asked of skald itself.

function __skald_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    # A tilde stands for the home folder only where fish expands it itself.
    set program (string replace -r '^~/' "$HOME/" -- $program)
    for line in (command $program __complete $words "$last" 2>/dev/null)
        set -l part (string split \t -- $line)
        switch $part[1]
            case word
                printf '%s\t%s\n' $part[2] "$part[3]"
            case files folders
                set -l begun (string sub -s (math 1 + (string length -- "$part[2]")) -- "$last")
                set -l found
                if test $part[1] = files
                    set found (__fish_complete_path "$begun")
                else
                    set found (__fish_complete_directories "$begun")
                end
                for each in $found
                    printf '%s%s\n' "$part[2]" $each
                end
        end
    end
end

complete -c skald -e
complete -c skald -f -k -a '(__skald_complete)'
