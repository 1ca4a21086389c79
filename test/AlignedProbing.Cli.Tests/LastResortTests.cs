using System.Reflection;
using AlignedProbing.Cli.Display;
using AlignedProbing.Scoring;

namespace AlignedProbing.Cli.Tests;

/// <summary>Whatever happens ends with one message and a documented code.</summary>
public sealed class LastResortTests
{
    public static TheoryData<Exception, int, string> Errors { get; } =
        new()
        {
            { new InputException("wrong-usage", "asked", "found", "remedy"), ExitCode.WrongInput, "(docs/errors/wrong-usage.md)" },
            { new InputException("hub-unreachable", "asked", "found", "remedy"), ExitCode.SomeFailed, "(docs/errors/hub-unreachable.md)" },
            { new InputException("hub-not-found", "asked", "found", "remedy"), ExitCode.WrongInput, "(docs/errors/hub-not-found.md)" },
            { new InputException("hub-no-space", "asked", "found", "remedy"), ExitCode.SomeFailed, "(docs/errors/hub-no-space.md)" },
            { new InputException("output-not-writable", "asked", "found", "remedy", Full()), ExitCode.SomeFailed, "found" },
            { new InputException("output-not-writable", "asked", "found", "remedy", new UnauthorizedAccessException()), ExitCode.WrongInput, "found" },
            {
                new ScorerUnavailableException(new InputException("judge-key", "asked", "found", "remedy")),
                ExitCode.SomeFailed,
                "Everything finished so far is kept."
            },
            { new OperationCanceledException(), ExitCode.Interrupted, "Interrupted. Everything finished so far is kept" },
            { Full(), ExitCode.SomeFailed, "No space left" },
            { new UnauthorizedAccessException("no"), ExitCode.SomeFailed, "aligned-probing: no" },
            { new InsufficientMemoryException(), ExitCode.SomeFailed, "not enough memory" },
            { new FileLoadException("Too many open files"), ExitCode.SomeFailed, "Too many open files" },
            { new TypeInitializationException("T", new DllNotFoundException("Too many open files")), ExitCode.SomeFailed, "ulimit -n" },
            { new OverflowException("too large"), ExitCode.Fault, "OverflowException: too large" },
            { new AggregateException(new InvalidCastException("null")), ExitCode.Fault, "InvalidCastException: null" },
            { new TargetInvocationException(new InputException("wrong-usage", "a", "b", "c")), ExitCode.WrongInput, "(docs/errors/wrong-usage.md)" },
        };

    [Theory]
    [MemberData(nameof(Errors))]
    public void Any_error_ends_with_one_message_and_its_code(Exception error, int code, string said)
    {
        using var writer = new StringWriter();
        Assert.Equal(code, LastResort.Tell(error, writer));
        Assert.Contains(said, writer.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_of_the_program_says_where_to_report_it()
    {
        var (message, _) = LastResort.Describe(new InvalidOperationException("odd"));
        Assert.Contains("a fault of the program itself: InvalidOperationException: odd", message, StringComparison.Ordinal);
        Assert.Contains(LastResort.ReportAt, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_that_nobody_reads_ends_without_a_word() =>
        Assert.Equal(("", ExitCode.NobodyReads), LastResort.Describe(new IOException("Broken pipe", 32)));

    [Fact]
    public void No_message_is_longer_than_2000_characters()
    {
        var (message, _) = LastResort.Describe(new InputException("wrong-usage", "asked", new string('x', 50_000), "remedy"));
        Assert.InRange(message.Length, 1000, MessageWriter.Longest);
        Assert.EndsWith("(docs/errors/wrong-usage.md)", message, StringComparison.Ordinal);
        // What to do stands there whole, whatever was found and however long its path is.
        var remedy = new string('r', 400);
        var long3 = LastResort.Describe(new InputException("wrong-usage", new string('a', 50_000), new string('x', 50_000), remedy)).Message;
        Assert.Contains(remedy, long3, StringComparison.Ordinal);
        Assert.InRange(long3.Length, 1000, MessageWriter.Longest);
        Assert.InRange(LastResort.Describe(new OverflowException(new string('x', 50_000))).Message.Length, 1000, MessageWriter.Longest);
    }

    private static IOException Full() => new("No space left on device", 28);
}
