using AlignedProbing.ChatTemplates;
using AlignedProbing.Fuzz.Mutations;
using AlignedProbing.Prompts;
using AlignedProbing.Prompts.Inspection;
using AlignedProbing.Tokenizers;

namespace AlignedProbing.Fuzz.Targets;

/// <summary>Files of tokenizers and chat templates.</summary>
internal static class TokenizerTargets
{
    private static readonly JsonMutator Json = new();
    private static readonly string[] Texts = ["Hello there, World!", " 12 3.5\t\n  été", "\U0001F600 <s>a</s> don't", ""];

    // A protocol-buffer message with three pieces: <unk> (unknown), <s> (control), a.
    private static byte[] Pieces { get; } =
    [
        0x0A, 0x0E, 0x0A, 0x05, .. "<unk>"u8, 0x15, 0, 0, 0, 0, 0x18, 0x02, 0x0A, 0x0C, 0x0A, 0x03, .. "<s>"u8, 0x15, 0, 0, 0, 0, 0x18, 0x03,
        0x0A, 0x08, 0x0A, 0x01, (byte)'a', 0x15, 0, 0, 0, 0xC0,
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("tokenizer.json", Json, Corpus.Tokenizers, (folder, bytes) => Use(Tokenizer.FromFile(folder.Write("tokenizer.json", bytes))))
        {
            Sources = ["AlignedProbing/Tokenizers/Files/TokenizerFile.cs", "AlignedProbing/Tokenizers/Files/ModelReader.cs"],
        },
        new("tokenizer_config.json", Json, () => Corpus.Shared("goldens/tokenizer-config", "tokenizer_config.json").Prepend(Corpus.Text("{}")),
            (folder, bytes) =>
        {
            folder.Once("tokenizer", inside => inside.Write("tokenizer.json", Corpus.Tokenizers().First()));
            folder.Write("tokenizer_config.json", bytes);
            Use(Tokenizer.FromFolder(folder.FullPath));
        })
        {
            Sources = ["AlignedProbing/Tokenizers/Files/TokenizerConfig.cs"],
        },
        new("vocab.json", Json, () => [Corpus.Text("""{"H":0,"e":1,"l":2,"o":3,"\u0120":4,"He":5,"ll":6,"Hell":7,"<|endoftext|>":8}""")], (folder, bytes) =>
        {
            folder.Once("merges", inside => inside.Write("merges.txt", Corpus.Text("#version: 0.2\nH e\nl l\nHe ll\n")));
            folder.Write("vocab.json", bytes);
            Use(Tokenizer.FromFolder(folder.FullPath));
        })
        {
            Sources = ["AlignedProbing/Tokenizers/Files/VocabularyFiles.cs"],
        },
        new("merges.txt", new LineMutator(), () => [Corpus.Text("#version: 0.2\nH e\nl l\nHe ll\n")], (folder, bytes) =>
        {
            folder.Once("words", inside => inside.Write("vocab.json", Corpus.Text("""{"H":0,"e":1,"l":2,"o":3,"He":5,"ll":6,"Hell":7,"<|endoftext|>":8}""")));
            folder.Write("merges.txt", bytes);
            Use(Tokenizer.FromFolder(folder.FullPath));
        }),
        new("vocab.txt", new LineMutator(), () => [Corpus.Text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nthere\n##s\n,\n")], (folder, bytes) =>
        {
            folder.Write("vocab.txt", bytes);
            Use(Tokenizer.FromFolder(folder.FullPath));
        }),
        new("SentencePiece model", new ByteMutator(), () => Corpus.Shared("goldens/tokenizers", "spiece.model")
            .Concat(Corpus.Shared("goldens/tokenizers", "*.model")).DefaultIfEmpty(Pieces), (folder, bytes) =>
        {
            folder.Once("class", inside => inside.Write("tokenizer_config.json", Corpus.Text("""{"tokenizer_class":"LlamaTokenizer"}""")));
            folder.Write("tokenizer.model", bytes);
            Use(Tokenizer.FromFolder(folder.FullPath));
        }),
        new("chat template in JSON", Json, () =>
        [
            Corpus.Text(
                """{"chat_template":"{% for m in messages %}{{ m['role'] + ': ' + m['content'] }}{% endfor %}","eos_token":{"content":"</s>"}}"""),
            Corpus.Text("""{"chat_template":[{"name":"default","template":"{{ bos_token }}{{ messages|length }}"}],"bos_token":"<s>"}"""),
        ], (folder, bytes) =>
        {
            folder.Write("tokenizer_config.json", bytes);
            ChatTemplateSource.FromFolder(folder.FullPath)?.Render([new ChatMessage("user", "Hello")], addGenerationPrompt: true);
        })
        {
            Sources = ["AlignedProbing/Prompts/ChatTemplateSource.cs"],
        },
        new("chat_template.jinja", new LineMutator(), () =>
        [
            Corpus.Text(
                "{%- set ns = namespace(a=0) -%}\n{%- for m in messages -%}\n{%- if m.role == 'user' and loop.first -%}\n" +
                "<u>{{ m.content | trim | upper }}</u>\n" +
                "{%- else -%}\n{{ raise_exception('no') }}\n{%- endif -%}\n{%- endfor -%}\n{%- macro f(x, y=2) -%}{{ x * y }}{%- endmacro -%}\n" +
                "{{ f(3) }}{{ messages[0]['content'][1:3] ~ [1, 2] | tojson }}\n{% if add_generation_prompt %}A:{% endif %}\n"),
        ], (folder, bytes) =>
        {
            folder.Write("chat_template.jinja", bytes);
            ChatTemplateSource.FromFolder(folder.FullPath)?.Render([new ChatMessage("user", "Hello")], addGenerationPrompt: true);
        }),
        new("chat check file", Json, () => Corpus.Shared("goldens/chat", "templates.json").Select(Fewer).Append(Corpus.Text(
            """
            {"now":"2024-01-01T00:00:00","conversations":{"a":[{"role":"user","content":"x"}]},"templates":{"t":{"template":"{{ messages[0].content }}",
            "bos_token":null,"eos_token":"</s>","cases":[{"conversation":"a","add_generation_prompt":false,"expected":"x"}]}}}
            """)), (folder, bytes) => ChatTemplateCheck.Run(folder.Write("check.json", bytes)))
        {
            Sources = ["AlignedProbing/Prompts/Inspection/ChatTemplateCheck.cs"],
        },
    ];

    private static void Use(Tokenizer tokenizer)
    {
        foreach (var text in Texts)
        {
            tokenizer.Decode(tokenizer.Encode(text, addSpecialTokens: true).Ids, skipSpecialTokens: false);
        }
    }

    private static byte[] Fewer(byte[] file)
    {
        var root = System.Text.Json.Nodes.JsonNode.Parse(file)!.AsObject();
        foreach (var name in root["templates"]!.AsObject().Select(pair => pair.Key).Skip(3).ToArray())
        {
            root["templates"]!.AsObject().Remove(name);
        }

        return Corpus.Text(root.ToJsonString());
    }
}
