using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Verbs;
using AlignedProbing.Files;
using AlignedProbing.Scoring;

namespace AlignedProbing.Cli;

/// <summary>What a person is told of an error, whichever it is, and the code that the command ends with.</summary>
internal static class LastResort
{
    /// <summary>Where faults of the program are reported.</summary>
    public const string ReportAt = "the issues of this project's repository";

    private const string Kept = "Everything finished so far is kept";

    // errno of Linux and macOS: no space, quota, input/output error, too many open files (of the process, of the system), broken pipe.
    private const int BrokenPipe = 32;
    private const int NoSpace = 28;
    private static readonly int[] OfTheSystem = OperatingSystem.IsMacOS() ? [NoSpace, 69, 5, 24, 23] : [NoSpace, 122, 5, 24, 23];
    private static readonly string[] OfServices =
    [
        "hub-unreachable", "hub-rate-limited", "hub-corrupted", "hub-answer", "hub-no-space", "judge-unreachable", "judge-quota", "perspective-unreachable",
        "perspective-quota",
    ];

    /// <summary>Tells an error in one message.</summary>
    /// <param name="error">The error.</param>
    /// <param name="writer">Standard error.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Tell(Exception error, TextWriter writer)
    {
        var (message, code) = Describe(Beneath(error));
        if (message.Length > 0)
        {
            writer.WriteLine(message);
            writer.Flush();
        }

        return code;
    }

    /// <summary>The message for an error and its exit code; no message where nobody wants one.</summary>
    internal static (string Message, int Code) Describe(Exception error) => error switch
    {
        InputException input => (Told(input), CodeOf(input)),
        ScorerUnavailableException unavailable => ($"{Told(unavailable.Fault)}\n{Kept}.", ExitCode.SomeFailed),
        OperationCanceledException => ($"Interrupted. {Kept}; the same command goes on from there.", ExitCode.Interrupted),
        IOException pipe when pipe.HResult == BrokenPipe => ("", ExitCode.NobodyReads),
        IOException or UnauthorizedAccessException => (
            $"{Said(error.Message)}\n{Kept}; the same command goes on once this is put right.",
            ExitCode.SomeFailed),
        OutOfMemoryException => (
            $"{Said("there is not enough memory, or too many files are open (ulimit -n)")}\n{Kept}; smaller batches or a shorter input may fit.",
            ExitCode.SomeFailed),
        _ when IsOfHandles(error) => (
            $"{Said("too many files are open (ulimit -n)")}\n{Kept}; the same command goes on with a higher limit.",
            ExitCode.SomeFailed),
        _ => (
            $"{Said($"a fault of the program itself: {error.GetType().Name}: {CleanText.Cut(error.Message, 1000)}")}{Where(error)}\n{Kept}. " +
            $"Please report this message and the command at {ReportAt}.",
            ExitCode.Fault),
    };

    private static string Told(InputException error) =>
        $"{Said(error.Message)}\nMore: aligned-probing {ExplainVerb.Name} {error.Code} (docs/errors/{error.Code}.md)";

    private static string Said(string message) => $"aligned-probing: {CleanText.Cut(message, MessageWriter.Longest - 200)}";

    private static string Where(Exception error) =>
        error.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("AlignedProbing.", StringComparison.Ordinal)) is { } line
            ? $" ({CleanText.Cut(line.Trim().Split(" in ")[0], 300)})"
            : "";

    // What a service or the disk did is no wrong input, whoever words it.
    private static int CodeOf(InputException error) =>
        OfServices.Contains(error.Code) || Chain(error).Any(inner => inner is IOException && OfTheSystem.Contains(inner.HResult & 0xFFFF))
            ? ExitCode.SomeFailed
            : ExitCode.WrongInput;

    // With no handle left, loading a part of the program fails in words of its own.
    private static bool IsOfHandles(Exception error) =>
        Chain(error).Any(inner => (inner.HResult & 0xFFFF) is 23 or 24 && inner is IOException
            || inner.Message.Contains("Too many open files", StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<Exception> Chain(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            yield return error;
        }
    }

    private static Exception Beneath(Exception error) => error switch
    {
        AggregateException { InnerExceptions: [var only, ..] } => Beneath(only),
        System.Reflection.TargetInvocationException { InnerException: { } inner } => Beneath(inner),
        TypeInitializationException { InnerException: { } inner } => Beneath(inner),
        _ => error,
    };
}
