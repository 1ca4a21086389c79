using System.Diagnostics;
using AlignedProbing.Prompts;
using AlignedProbing.Tokenizers;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// Tokens a second on one core: every tokenizer of a folder of folders reads a prompt set's texts once, with nothing kept from earlier texts. In seconds of the
/// processor, which what else runs on the
/// machine disturbs least; best of several fresh tokenizers.
/// </summary>
internal static class TokenizerBenchmark
{
    private const int Runs = 5;

    public static void Run(IReadOnlyList<string> arguments)
    {
        if (arguments is not ["--folders", var folders, "--prompts", var prompts])
        {
            Console.Error.WriteLine("tokenizers --folders FOLDER --prompts FILE");
            return;
        }

        var texts = PromptSet
            .Read(prompts, new PromptSetOptions())
            .Prompts.SelectMany(prompt => prompt.Continuations.Select(continuation => prompt.Text + continuation.Text))
            .ToArray();
        var bytes = texts.Sum(text => (long)System.Text.Encoding.UTF8.GetByteCount(text));
        Console.WriteLine($"{texts.Length} texts, {bytes} bytes; tokens a second of one core");
        foreach (var folder in Directory.EnumerateDirectories(folders).Order(StringComparer.Ordinal))
        {
            var (best, count) = (double.PositiveInfinity, 0L);
            for (var run = 0; run < Runs; run++)
            {
                var tokenizer = Tokenizer.FromFolder(folder);
                var start = Process.GetCurrentProcess().TotalProcessorTime;
                count = texts.Sum(text => (long)tokenizer.Encode(text, addSpecialTokens: true).Ids.Length);
                best = Math.Min(best, (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds);
            }

            Console.WriteLine(
                $"{Path.GetFileName(folder), -16} {count, 9} tokens  {count / best / 1e6, 6:F2} million a second  {bytes / best / 1e6, 6:F1} MB a second");
        }
    }
}
