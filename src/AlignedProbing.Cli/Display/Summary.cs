using AlignedProbing.Files;
using AlignedProbing.Files.Http;
using System.Text.Json;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using Spectre.Console;

namespace AlignedProbing.Cli.Display;

/// <summary>What is printed at the end of a run: a few figures, and where the report lies.</summary>
internal static class Summary
{
    private const int WidthOffTerminal = 120;

    /// <summary>Prints it: tables for people, one JSON object for programs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="run">The run.</param>
    /// <param name="findings">Its findings.</param>
    /// <param name="json">Whether a program reads it.</param>
    /// <param name="reported">Whether the report was written of these findings; one that is there from before is not announced.</param>
    public static void Print(Host host, RunFolder run, Findings findings, bool json, bool reported = true)
    {
        if (json)
        {
            host.Output.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        Run = run.FullPath,
                        Report = reported ? run.HtmlReportPath : null,
                        findings.Behavior,
                        findings.Internals,
                        findings.Peaks,
                        findings.Missing,
                        findings.Warnings,
                    },
                    RecordJson.Line));
            return;
        }

        var console = Print(host, SummaryTable.Of(findings));
        string[] first = [.. findings.WarningsAt("demo"), .. findings.WarningsAt("top")];
        foreach (var warning in first)
        {
            console.Write(new Padder(new Text(Clean("! " + warning)), new Padding(2, 0, 2, 0)));
        }

        if (findings.Warnings.Count > first.Length)
        {
            host.Output.WriteLine($"{findings.Warnings.Count - first.Length} more notes stand at their figures in the report.");
        }

        if (reported)
        {
            host.Output.WriteLine($"Report: {run.HtmlReportPath}");
        }
    }

    /// <summary>Prints tables; returns the console they were printed on.</summary>
    public static IAnsiConsole Print(Host host, IReadOnlyList<SummaryTable> tables)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = host.Colour ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = host.Colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(host.Styled ?? host.Output),
        });
        console.Profile.Width = host.OutputIsTerminal ? console.Profile.Width : WidthOffTerminal;
        foreach (var summary in tables)
        {
            var table = new Table { Title = new TableTitle(Cell(summary.Title)), Border = TableBorder.Simple };
            foreach (var column in summary.Columns)
            {
                table.AddColumn(Cell(column));
            }

            foreach (var row in summary.Rows)
            {
                table.AddRow([.. row.Select(Cell)]);
            }

            console.Write(table);
        }

        return console;
    }

    private static string Cell(string text) => Markup.Escape(Clean(text));

    private static string Clean(string text) => CleanText.Of(Secrets.Hide(text));
}
