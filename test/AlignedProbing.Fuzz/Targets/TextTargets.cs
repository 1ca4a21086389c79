using System.IO.Compression;
using System.Text;
using AlignedProbing.Analysis.Interplay;
using AlignedProbing.Files;
using AlignedProbing.Fuzz.Mutations;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Prompts;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Judges;
using AlignedProbing.Scoring.Recorded;

namespace AlignedProbing.Fuzz.Targets;

/// <summary>Tables, texts and vectors that users bring.</summary>
internal static class TextTargets
{
    private static readonly LineMutator Lines = new();
    private static readonly LineMutator JsonLines = new(new JsonMutator());
    private static readonly JsonMutator Json = new();
    private static readonly ByteMutator Bytes = new();

    private static readonly byte[] Rows = Corpus.Text(
        """
        {"filename":"a","begin":0,"end":9,"prompt":{"text":"The weather is","toxicity":0.1,"profanity":null},"continuation":{"text":" fine.","toxicity":0.2}}
        {"prompt_text":"You are","prompt_toxicity":0.5,"continuation_text":" kind"}
        {"prompt":"Hello","id":7,"continuation":["a",{"text":"b","threat":0.25}]}

        """);

    private static readonly byte[] Table = Corpus.Text(
        "prompt_text,prompt_toxicity,continuation_text\n\"The, weather\",0.5,\" is \"\"fine\"\"\"\nYou are,,kind\n");

    private static Lazy<IScorer> Words { get; } = new(() => ScorerCatalog.Create("ngram"));

    private static ScorerIdentity Identity { get; } = new() { Name = "theirs", Version = "1", Attributes = ["toxicity"] };

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("prompts, JSON lines", JsonLines, () => [Rows], (folder, bytes) => PromptSet.Read(folder.Write("p.jsonl", bytes)))
        {
            Sources = ["AlignedProbing/Prompts/JsonPromptRows.cs"],
        },
        new("prompts, tables", Lines, () => Corpus.Shared("cases/prompts", "*.csv").Append(Table), (folder, bytes) =>
            PromptSet.Read(folder.Write("p.csv", bytes))),
        new("prompts, table of lists", Lines,
            () => [Corpus.Text("q,c\nHello,\"[\"\"a\"\",\"\"b\"\"]\"\nThere,\"[]\"\nYou,\"[{\"\"text\"\":\"\"x\"\",\"\"toxicity\"\":0.5}]\"\n")],
            (folder, bytes) =>
            PromptSet.Read(folder.Write("p.csv", bytes), new PromptSetOptions { PromptField = "q", ContinuationField = "c" }))
        {
            Sources = ["AlignedProbing/Prompts/ContinuationCells.cs"],
        },
        new("prompts, JSON array", Json, () => Corpus.Shared("cases/prompts", "array.json").Append(Corpus.Text("""[{"prompt":"a"},{"prompt":{"text":"b"}}]""")),
            (folder, bytes) =>
            PromptSet.Read(folder.Write("p.json", bytes)))
        {
            Sources = ["AlignedProbing/Files/Foreign/JsonArrayLines.cs", "AlignedProbing/Files/Foreign/ForeignFile.cs"],
        },
        new("prompts, gzip", Bytes, () => [Packed(Rows), Packed(Table)], (folder, bytes) => PromptSet.Read(folder.Write("p.gz", bytes))),
        new("prompts, Parquet", Bytes, () => Fixtures("*.parquet"), (folder, bytes) => PromptSet.Read(folder.Write("p.parquet", bytes))),
        new("prompts, zstd", Bytes, () => Fixtures("*.zst"), (folder, bytes) => PromptSet.Read(folder.Write("p.jsonl.zst", bytes))),
        new("prompts, UTF-16", Bytes, () => [Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(Table))).ToArray()],
            (folder, bytes) =>
            PromptSet.Read(folder.Write("p.txt", bytes))),
        new("prompts, binary files", Bytes, () => Corpus.Shared("cases/prompts", "*.parquet").Append([.. "PAR1"u8, 0, 1, 2, 3, .. "PAR1"u8]).Append(Table),
            (folder, bytes) =>
            PromptSet.Read(folder.Write("p", bytes))),
        new("texts", JsonLines, () => Corpus.Shared("cases/texts", "*").Append(Corpus.Text("{\"text\":\"a\",\"id\":1}\n{\"text\":null}\nplain\n")),
            (folder, bytes) =>
        {
            using var input = new MemoryStream(bytes);
            using var output = new MemoryStream();
            TextFileScorer
                .RunAsync(Words.Value, input, output, new TextFileOptions { Name = "texts" }, null, CancellationToken.None)
                .GetAwaiter()
                .GetResult();
        })
        {
            Sources = ["AlignedProbing/Scoring/TextLines.cs"],
        },
        new("labels, JSON lines", JsonLines,
            () => [Corpus.Text("{\"id\":\"a\",\"y\":0.5,\"c\":{\"d\":\"red\"}}\n{\"id\":2,\"y\":null,\"c\":{\"d\":true}}\n\n")],
            (folder, bytes) =>
            LabelFile.Read(folder.Write("y.jsonl", bytes), ["y", "c.d"], ["id"], words: true).Of("c.d"))
        {
            Sources = ["AlignedProbing/Probing/Labels/LabelFile.cs"],
        },
        new("labels, tables", Lines, () => [Corpus.Text("id,y,c\na,0.5,red\nb,,\"blue, dark\"\n")], (folder, bytes) =>
            LabelFile.Read(folder.Write("y.csv", bytes), ["y", "c"], ["id"], words: true).Of("y")),
        new("recorded scores, JSON lines", JsonLines, () =>
            [Corpus.Text(
                "{\"text\":\"a\",\"scores\":{\"toxicity\":0.5},\"missing\":{\"threat\":\"language\"}}\n" +
                "{\"prompt_id\":\"p\",\"number\":0,\"scores\":{\"toxicity\":1}}\n")],
                (folder, bytes) =>
            RecordedScorer.Open(folder.Write("s.jsonl", bytes), "theirs"))
        {
            Sources = ["AlignedProbing/Scoring/Recorded/RecordedScoresReader.cs"],
        },
        new("recorded scores, tables", Lines, () => [Corpus.Text("text,toxicity,missing\na,0.5,\nb,,toxicity:language\n")], (folder, bytes) =>
            RecordedScorer.Open(folder.Write("s.csv", bytes), "theirs")),
        new("cache of scores", JsonLines, () => [Corpus.Text($"{{\"text_sha256\":\"{TextHash.Of("a")}\",\"scores\":{{\"toxicity\":0.5}},\"missing\":{{}}}}\n")],
            (folder, bytes) =>
        {
            using (ScoreCache.Open(folder.FullPath, Identity))
            {
                // The folder's name holds a hash.
            }

            File.WriteAllBytes(Path.Combine(Directory.GetDirectories(folder["scores/theirs"]).Single(), "a.jsonl"), bytes);
            ScoreCache.Open(folder.FullPath, Identity).Dispose();
        })
        {
            Sources = ["AlignedProbing/Scoring/Recorded/ScoreCache.cs"],
        },
        new("npy", Bytes, Npy, (folder, bytes) => NpyFile.ReadAll(folder.Write("x.npy", bytes))),
        new("interplay tables", Lines,
            () => Corpus.Shared("goldens/interplay", "strengths.csv").Append(Corpus.Text("run,attribute,probe,strength\na,toxicity,linear,0.5\n")),
            (folder, bytes) =>
        {
            folder.Once("behavior", inside => inside.Write("behavior.csv",
                Corpus.Shared("goldens/interplay", "behaviour.csv").FirstOrDefault(Corpus.Text("run,attribute,EMT\na,toxicity,0.5\n"))));
            InterplayTables.Read(folder.Write("strengths.csv", bytes), folder["behavior.csv"], new InterplayOptions());
        }),
        new("prompt template", Json, () => [Corpus.Text("""{"system":"Be brief.","user":"Go on: {prompt}"}""")], (folder, bytes) =>
            PromptTemplateFile.Read(folder.Write("t.json", bytes)))
        {
            Sources = ["AlignedProbing/Prompts/PromptTemplateFile.cs"],
        },
        new("judge rubric", Json,
            () => [Corpus.Text("""{"system":"Rate.","question":"How {description}? {text} 0 to {highest}","highest":10,"attributes":{"toxicity":"rude"}}""")],
            (folder, bytes) =>
            JudgeRubric.Read(folder.Write("r.json", bytes)))
        {
            Sources = ["AlignedProbing/Scoring/Judges/JudgeRubric.cs"],
        },
    ];

    private static IEnumerable<byte[]> Fixtures(string pattern) => Directory
        .EnumerateFiles(Corpus.Own("test", "AlignedProbing.Tests", "Files", "Foreign", "Fixtures"), pattern)
        .OrderDescending(StringComparer.Ordinal)
        .Select(File.ReadAllBytes);

    private static byte[] Packed(byte[] file)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(file);
        }

        return packed.ToArray();
    }

    private static IEnumerable<byte[]> Npy()
    {
        var plain = new MemoryStream();
        NpyFile.Write(plain, [1f, 2f, 3f, 4f, 5f, 6f], 3, 2);
        yield return plain.ToArray();
        var half = new MemoryStream();
        NpyFile.Write(half, [(Half)1, (Half)2], 1, 2);
        yield return half.ToArray();
        foreach (var file in Corpus.Shared("goldens/probing/folds", "n1977_fold0_*.npy"))
        {
            yield return file;
        }
    }
}
