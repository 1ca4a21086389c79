namespace AlignedProbing.Cli.Completion;

/// <summary>What a shell has to be told so that it completes the command: each asks the program itself, by <see cref="Completions.Asked"/>.</summary>
internal static class CompletionScripts
{
    private const string Bash = """
        # bash: put this into ~/.local/share/bash-completion/completions/aligned-probing, or: source <(aligned-probing completion bash)
        _aligned_probing() {
            local IFS=$'\n'
            COMPREPLY=($("${COMP_WORDS[0]}" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
        }
        complete -o default -F _aligned_probing aligned-probing
        """;

    private const string Zsh = """
        #compdef aligned-probing
        # zsh: put this into a folder of $fpath as _aligned-probing, or: source <(aligned-probing completion zsh)
        _aligned_probing() {
            local -a found
            found=(${(f)"$("${words[1]}" --complete "${(@)words[2,CURRENT]}" 2>/dev/null)"})
            if (( ${#found} )); then compadd -- "${found[@]}"; else _files; fi
        }
        if [ "$funcstack[1]" = "_aligned-probing" ]; then _aligned_probing "$@"; else compdef _aligned_probing aligned-probing; fi
        """;

    private const string Fish = """
        # fish: put this into ~/.config/fish/completions/aligned-probing.fish
        function __aligned_probing
            set -l words (commandline -opc)
            aligned-probing --complete $words[2..-1] (commandline -ct | string collect --allow-empty) 2>/dev/null
        end
        complete -c aligned-probing -a '(__aligned_probing)'
        """;

    private const string Pwsh = """
        # PowerShell 7.3 or newer: put this into $PROFILE, or: aligned-probing completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName aligned-probing -ScriptBlock {
            param($word, $ast, $cursor)
            $words = @($ast.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.Extent.Text })
            aligned-probing --complete @words "$word" 2>$null |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    /// <summary>The shells, in the order of help.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish", "pwsh"];

    /// <summary>A shell's script; null for a shell that there is none for.</summary>
    public static string? Of(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        "pwsh" => Pwsh,
        _ => null,
    };
}
