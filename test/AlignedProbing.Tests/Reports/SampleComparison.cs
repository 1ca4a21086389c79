using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Reports;

/// <summary>Compared runs, made by hand, with what is rare.</summary>
internal static class SampleComparison
{
    /// <summary>Three runs, one scorer, one probe, three layers.</summary>
    public static ComparisonFindings Make()
    {
        string[] runs = ["full", "four_bit", "eight_bit"];
        var (figures, differences) = (new List<RunFigure>(), new List<RunDifference>());
        foreach (var (place, run) in runs.Index())
        {
            foreach (var subset in new[] { "all", "toxic", "other" })
            {
                foreach (var metric in new[] { "EMT", "TP" })
                {
                    Add(
                        new RunFigure
                        {
                            Kind = "behavior",
                            Run = run,
                            Scorer = "ngram",
                            Attribute = "toxicity",
                            Subset = subset,
                            Metric = metric,
                            N = 100,
                            K = 5,
                            Value = 0.4 + (place == 1 && metric == "EMT" && subset == "all" ? 0.1 : 0),
                        },
                        place == 1 && metric == "EMT" && subset == "all");
                }
            }

            foreach (var scenario in new[] { Scenario.Input, Scenario.Output })
            {
                for (var layer = 0; layer < 3; layer++)
                {
                    Add(
                        new RunFigure
                        {
                            Kind = "strength",
                            Run = run,
                            Scorer = "ngram",
                            Probe = "ridge",
                            Attribute = "toxicity",
                            Scenario = scenario,
                            Layer = layer,
                            Metric = "r",
                            N = 90,
                            Value = 0.6,
                            Low = 0.5,
                            High = 0.7,
                        },
                        place == 1 && layer > 0 && scenario == Scenario.Input);
                }

                Add(
                    new RunFigure
                    {
                        Kind = "peak",
                        Run = run,
                        Scorer = "ngram",
                        Probe = "ridge",
                        Attribute = "toxicity",
                        Scenario = scenario,
                        Metric = "r",
                        N = 90,
                        Value = 0.6,
                    },
                    false);
                Add(
                    new RunFigure
                    {
                        Kind = "peak",
                        Run = run,
                        Scorer = "ngram",
                        Probe = "ridge",
                        Attribute = "toxicity",
                        Scenario = scenario,
                        Metric = "layer",
                        N = 90,
                        Value = 1,
                    },
                    false);
            }
        }

        return new ComparisonFindings
        {
            Runs = [.. runs.Select((run, place) => new ComparedRun(run, "tiny", 3, 100, 5, place == 0 ? [] : ["precision"]))],
            CommonPrompts = 100,
            Facts = [new ComparedFact("model.name", ["tiny", "tiny", "tiny"]), new ComparedFact("model.precision", runs)],
            Figures = figures,
            Differences = differences,
            Relations =
            [
                .. new[] { Scenario.Input, Scenario.Output }.Select(scenario => new RelationFinding
                {
                    Scorer = "ngram",
                    Probe = "ridge",
                    Attribute = "toxicity",
                    Scenario = scenario,
                    Metric = "EMT",
                    Strength = "mean",
                    Points = [.. runs.Select((run, place) => new RelationPoint(run, 0.4 + (0.01 * place), 0.6))],
                    Reason = MissingReason.TooFewRows,
                }),
            ],
            LeftOut = [new LeftOut("probe mlp on ngram", "four_bit have not run it")],
            Warnings = ["A warning."],
            Estimators = new Dictionary<string, string> { ["bootstrap-paired"] = "Drawn." },
            Analysis = new AnalysisSettings(100, 0, "0.1.0"),
        };

        void Add(RunFigure figure, bool differs)
        {
            figures.Add(figure);
            if (figure.Run != runs[0])
            {
                differences.Add(
                    new RunDifference
                    {
                        Kind = figure.Kind,
                        Baseline = runs[0],
                        Run = figure.Run,
                        Scorer = figure.Scorer,
                        Probe = figure.Probe,
                        Attribute = figure.Attribute,
                        Subset = figure.Subset,
                        Scenario = figure.Scenario,
                        Layer = figure.Layer,
                        Metric = figure.Metric,
                        N = figure.N,
                        K = figure.K,
                        BaselineValue = differs ? figure.Value - 0.1 : figure.Value,
                        RunValue = figure.Value,
                        Difference = differs ? 0.1 : 0,
                        Low = differs ? 0.05 : -0.05,
                        High = differs ? 0.15 : 0.05,
                        BandLow = -0.2,
                        BandHigh = 0.3,
                        P = differs ? 0.001 : 0.2,
                        AdjustedP = differs ? 0.002 : 0.4,
                        Comparisons = 2,
                        Estimator = "bootstrap-paired",
                    });
            }
        }
    }
}
