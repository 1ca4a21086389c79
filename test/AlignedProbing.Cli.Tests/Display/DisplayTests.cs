using AlignedProbing.Cli.Display;
using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Tests.Display;

public class DisplayTests
{
    [Fact]
    public void Plain_lines_tell_begin_and_end_and_something_every_ten_seconds()
    {
        var (writer, time) = (new StringWriter { NewLine = "\n" }, new ManualTime());
        using (var display = new PlainDisplay(writer, time))
        {
            for (var done = 0; done <= 100; done++)
            {
                display.Report(new StageProgress("encode", done, 100, "continuations"));
                time.Advance(TimeSpan.FromMilliseconds(250));
            }

            display.Report(new StageProgress("encode", 100, 100, "continuations"));
            display.Report(new StageProgress("score", 0, 10, "texts"));
        }

        Assert.Equal(
            """
            encode: 0 of 100 continuations (0 %)
            encode: 40 of 100 continuations (40 %), 4.0 a second, 0:15 left
            encode: 80 of 100 continuations (80 %), 4.0 a second, 0:05 left
            encode: 100 of 100 continuations (100 %), 4.0 a second, 0:25
            score: 0 of 10 texts (0 %)

            """.ReplaceLineEndings("\n"),
            writer.ToString());
    }

    [Fact]
    public void Work_of_an_earlier_run_is_left_out_of_the_rate()
    {
        var time = new ManualTime();
        var clock = new StageClock(time);
        clock.Take(new StageProgress("encode", 900, 1000, "continuations", 900));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(
            "950 of 1,000 continuations (95 %), 5.0 a second, 0:10 left",
            clock.Describe(new StageProgress("encode", 950, 1000, "continuations", 900)));
    }

    [Fact]
    public void An_unknown_total_is_not_called_a_share()
    {
        var clock = new StageClock(new ManualTime());
        var progress = new StageProgress("score", 12, 0, "texts");
        clock.Take(progress);
        Assert.Equal("12 texts", clock.Describe(progress));
    }

    [Fact]
    public void Bytes_are_shown_as_people_count_them()
    {
        var time = new ManualTime();
        var clock = new StageClock(time);
        clock.Take(new StageProgress("download", 0, 4_200_000_000, "bytes"));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(
            "1.1 GB of 4.2 GB (25 %), 105 MB a second, 0:30 left",
            clock.Describe(new StageProgress("download", 1_050_000_000, 4_200_000_000, "bytes")));
    }

    [Fact]
    public void A_terminal_line_is_drawn_in_place_and_never_wider_than_the_window()
    {
        var (writer, time) = (new StringWriter { NewLine = "\n" }, new ManualTime());
        using (var display = new TerminalDisplay(writer, time, () => 40))
        {
            display.Report(new StageProgress("encode", 0, 4, "continuations"));
            time.Advance(TimeSpan.FromSeconds(1));
            display.Report(new StageProgress("encode", 4, 4, "continuations"));
            display.Say("done");
        }

        var text = writer.ToString();
        Assert.All(text.Split('\r', '\n'), line => Assert.InRange(line.Length, 0, 39));
        Assert.Contains("\rencode   [========================] 4", text, StringComparison.Ordinal);
        Assert.EndsWith("\ndone\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, "0:05")]
    [InlineData(725, "12:05")]
    [InlineData(11525, "3:12:05")]
    public void Durations_read_like_a_clock(int seconds, string expected) => Assert.Equal(expected, StageClock.Duration(TimeSpan.FromSeconds(seconds)));

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks = TimeSpan.TicksPerDay;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan span) => _ticks += span.Ticks;
    }
}
