using System.Diagnostics;
using System.Globalization;
using AlignedProbing.ChatTemplates;
using AlignedProbing.Scoring;
using AlignedProbing.Tokenizers;

namespace AlignedProbing.Fuzz;

/// <summary>Reads changed files and notes every outcome that is neither "read" nor "refused".</summary>
public static class Fuzzer
{
    /// <summary>A case that takes longer is a fault: the files are small.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    private const long MostMemory = 1L << 30;
    private const int Least = 25;
    private const int MostFaults = 20;

    /// <summary>Runs cases until there are enough of them or the time is over.</summary>
    /// <param name="target">The format.</param>
    /// <param name="seed">Where the changes begin; the same seed makes the same cases.</param>
    /// <param name="cases">Cases at most.</param>
    /// <param name="time">Time at most; the first files of the corpus, up to 25, run in any case.</param>
    public static FuzzOutcome Run(FuzzTarget target, int seed, int cases, TimeSpan time)
    {
        ArgumentNullException.ThrowIfNull(target);
        var corpus = target.Corpus().ToArray();
        var least = Math.Min(Least, corpus.Length);
        var home = Directory.CreateTempSubdirectory("aligned-probing-fuzz-");
        var (read, refused, words, faults) = (0, 0, (string?)null, new List<string>());
        var watch = Stopwatch.StartNew();
        try
        {
            var folder = new FuzzFolder(home.FullName);
            for (var i = 0; i < cases && (i < least || watch.Elapsed < time) && faults.Count < MostFaults; i++)
            {
                var random = new Random(HashCode(seed, i));
                var original = corpus[i % corpus.Length];
                // The first cases are the files as they are: they show that the reader reads.
                var bytes = i < corpus.Length ? original : target.Mutator.Change(original, random);
                switch (Try(target, folder, bytes))
                {
                    case (true, null):
                        read++;
                        break;
                    case (true, { } said):
                        refused++;
                        words ??= said;
                        break;
                    case (_, var fault):
                        faults.Add(string.Create(CultureInfo.InvariantCulture, $"case {i} of seed {seed}: {fault}{Kept(target, i, bytes)}"));
                        break;
                }
            }
        }
        finally
        {
            home.Delete(recursive: true);
        }

        return new FuzzOutcome(read, refused, words, faults);
    }

    // Whether the outcome is one that may be, and the words of what was not read.
    private static (bool Fine, string? Words) Try(FuzzTarget target, FuzzFolder folder, byte[] bytes)
    {
        var allocated = 0L;
        var work = Task.Factory.StartNew(
            () =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    target.Read(folder, bytes);
                    return (true, null);
                }
                catch (Exception error)
                {
                    return IsRefusal(target, error)
                        ? (true, error.Message)
                        : (false, (string?)$"{error.GetType().Name}: {Short(error.Message)} {Where(error)}");
                }
                finally
                {
                    allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                }
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            TaskScheduler.Default);
        return
            !work.Wait(Patience) ? (false, $"takes longer than {Patience.TotalSeconds} s")
            : allocated > MostMemory + (200L * bytes.Length) ? (false, $"takes {allocated >> 20} MiB of memory for {bytes.Length} bytes")
            : work.Result;
    }

    private static bool IsRefusal(FuzzTarget target, Exception error) => error switch
    {
        AggregateException { InnerExceptions: [var only] } => IsRefusal(target, only),
        InputException => true,
        TokenizerException => true,
        ChatTemplateException => true,
        ScorerUnavailableException => true,
        _ => target.IsRefusal(error),
    };

    private static string Where(Exception error) =>
        error.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("AlignedProbing.", StringComparison.Ordinal))?.Trim() ?? "";

    private static string Short(string text) => text.Length > 200 ? text[..200] : text;

    // FUZZ_KEEP names a folder in which the files of faults are kept.
    private static string Kept(FuzzTarget target, int number, byte[] bytes)
    {
        if (Environment.GetEnvironmentVariable("FUZZ_KEEP") is not { Length: > 0 } folder)
        {
            return "";
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"{string.Concat(target.Name.Where(char.IsAsciiLetterOrDigit))}-{number}");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, name), bytes);
        return $" ({name})";
    }

    private static int HashCode(int seed, int number) => unchecked((seed * 1_000_003) + (number * 7919) + 17);
}
