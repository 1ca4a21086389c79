using AlignedProbing.Files;
using AlignedProbing.Analysis;
using AlignedProbing.Analysis.Strength;
using AlignedProbing.Probing;
using AlignedProbing.Reports;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;
using AlignedProbing.Tests.Probing;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Analysis;

public sealed class ClassifierFindingTests : IDisposable
{
    private const int Resamples = 100;
    private const int Seed = 3;

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("logistic", "toxicity")]
    [InlineData("softmax", "length")]
    public void Figures_of_classes_are_means_over_the_same_runs_with_intervals_widened_to_the_training_rows(string probe, string attribute)
    {
        var (run, findings) = Analysed(probe, attribute);
        var cell = findings.Internals.Single(found => found is { Layer: 1, Scenario: Scenario.Input, Control: "none" });
        ProbeRun[] lines =
        [
            .. JsonLines.ReadFile<ProbeRun>(run.ProbeRunsPath(probe, "tests", 1)).Where(line => line is { Scenario: Scenario.Input, Control: "none" }),
        ];
        var classifier = cell.Classifier!;
        Assert.Equal(lines.Average(line => line.Accuracy!.Value), classifier.Accuracy.Value!.Value, 12);
        Assert.Equal(lines.Average(line => line.CrossEntropy)!.Value, classifier.CrossEntropy!.Value, 12);
        Assert.Equal(cell.N, classifier.Classes.Sum(@class => @class.N));
        var trained = lines.Average(line => (double)line.TrainN);
        Assert.Equal(trained, cell.TrainN!.Value, 9);
        var (from, to) = Wilson.Of(classifier.Accuracy.Value.Value, (int)trained);
        Assert.Equal((from, to, "wilson"), (classifier.Accuracy.Low!.Value, classifier.Accuracy.High!.Value, classifier.Accuracy.Estimator));
        Check(
            classifier.MacroF1,
            line => line.MacroF1,
            Resampled(run, probe, (values, labels) =>
                values.Length == 1 ? TwoClasses.MacroF1(values[0], labels) : ManyClasses.MacroF1(MostProbable(values), labels, values.Length)));
        Check(
            classifier.Auroc,
            line => line.Auroc,
            Resampled(run, probe, (values, labels) => values.Length == 1 ? TwoClasses.Auroc(values[0], labels) : ManyClasses.Auroc(values, labels)));
        var (low, high) = StrengthInterval.Of(cell.R!.Value, trained);
        Assert.Equal((low, high, StrengthInterval.Estimator), (cell.Low, cell.High, cell.Estimator));

        void Check(ClassFigure figure, Func<ProbeRun, double?> ofRun, double[] resampled)
        {
            // Beside an accuracy of all folds stands a macro F1 of all folds, or none.
            if (lines.Any(line => ofRun(line) is null))
            {
                Assert.Equal((null, MissingReason.ClassAbsent), (figure.Value, figure.Reason));
                return;
            }

            Assert.Equal(lines.Average(ofRun)!.Value, figure.Value!.Value, 12);
            var (plainLow, plainHigh) = Bootstrap.Interval(resampled);
            var scale = Math.Sqrt((cell.N - 3) / (trained - 3));
            if (plainLow is null || plainLow == plainHigh)
            {
                Assert.Equal((null, MissingReason.NoWidth, ""), (figure.Low, figure.Reason, figure.Estimator));
                return;
            }

            Assert.Equal(figure.Value.Value + (scale * (plainLow.Value - figure.Value.Value)), figure.Low!.Value, 1e-8);
            Assert.Equal(Math.Min(1, figure.Value.Value + (scale * (plainHigh!.Value - figure.Value.Value))), figure.High!.Value, 1e-8);
            Assert.Equal("prompts-within-folds-widened", figure.Estimator);
        }
    }

    [Fact]
    public void Selectivity_of_a_classifier_has_accuracy_less_that_of_permuted_labels_and_regression_has_none()
    {
        var (_, findings) = Analysed("logistic", "toxicity");
        var found = findings.Selectivity.Single(row => row is { Layer: 1, Scenario: Scenario.Input });
        var cells = findings.Internals.Where(cell => cell is { Layer: 1, Scenario: Scenario.Input }).ToDictionary(cell => cell.Control);
        Assert.Equal(
            cells["none"].Classifier!.Accuracy.Value!.Value - cells["randomization"].Classifier!.Accuracy.Value!.Value,
            found.Accuracy!.Value!.Value,
            12);
        Assert.True(found.Accuracy.Low < found.Accuracy.Value && found.Accuracy.Value < found.Accuracy.High);
        var (_, linear) = Analysed("ridge", "toxicity");
        Assert.All(linear.Internals, cell => Assert.Null(cell.Classifier));
        Assert.All(linear.Selectivity, row => Assert.Null(row.Accuracy));
    }

    [Fact]
    public void Tables_for_people_and_programs_show_figures_of_classes_and_why_one_is_missing()
    {
        var (run, findings) = Analysed("softmax", "length");
        var cell = findings.Internals.First(found => found is { Scenario: Scenario.Input, Control: "none", Layer: 1 });
        ReportCatalog.WriteAll(findings, run);
        var lines = File.ReadAllLines(Path.Combine(run.FullPath, "internals.csv"));
        var columns = lines[0].Split(',');
        var row = lines.Single(line => line.StartsWith("softmax,none,input,length,1,", StringComparison.Ordinal)).Split(',');
        Assert.Equal(
            cell.Classifier!.Accuracy.Value!.Value,
            double.Parse(row[Array.IndexOf(columns, "accuracy")], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains("3:", row[Array.IndexOf(columns, "classes")], StringComparison.Ordinal);
        Assert.Contains("How well classes are told apart", File.ReadAllText(Path.Combine(run.FullPath, "report.md")), StringComparison.Ordinal);
        Assert.Contains("Macro F1", File.ReadAllText(run.HtmlReportPath), StringComparison.Ordinal);
        // Without any fold that has all classes there is a reason, in the table too.
        var absent = findings with
        {
            Internals =
            [
                .. findings.Internals.Select(found =>
                    found with
                    {
                        Classifier = found.Classifier! with
                        {
                            MacroF1 = new ClassFigure
                            {
                                Runs = 0,
                                MissingRuns = 8,
                                Reason = MissingReason.ClassAbsent,
                            },
                        },
                    }),
            ],
        };
        Assert.Equal("macro F1", ClassifierTable.Columns[6]);
        Assert.Equal("missing (a class has no row in the test fold)", Assert.Single(ClassifierTable.Rows(absent, "length"))[6]);
        Assert.Empty(ClassifierTable.Rows(absent, "toxicity"));
    }

    [Fact]
    public void Resamples_of_several_classes_with_ties_are_those_of_rows_laid_out()
    {
        const int Rows = 90;
        const int Classes = 3;
        double[] labels = [.. Enumerable.Range(0, Rows).Select(row => (double)(row * 7 % Classes))];
        double[][] Plane(int seed) =>
            [
                .. Enumerable
                    .Range(0, Classes)
                    .Select(k =>
                        (double[])
                            [
                                .. Enumerable
                                    .Range(0, Rows)
                                    .Select(row => Math.Round((SyntheticRun.Uniform((seed * Classes) + k, row) + (labels[row] == k ? 0.6 : 0)) * 8) / 16),
                            ]),
            ];
        double[][][] planes = [Plane(0), Plane(1)];
        int[] starts = [0, 50, Rows];
        var cell = new CellSeries(
            new CellRows([.. Enumerable.Range(0, Rows)], [.. Enumerable.Range(0, Rows)], starts),
            [labels],
            [.. planes.Select(MostProbable)],
            new double[Rows])
        {
            Probabilities = planes,
        };
        var counts = new byte[20 * Rows];
        for (var resample = 0; resample < 20; resample++)
        {
            for (var fold = 0; fold < 2; fold++)
            {
                var drawn = new int[starts[fold + 1] - starts[fold]];
                Bootstrap.DrawRows(Seed, resample, drawn, fold);
                Array.ForEach(drawn, row => counts[(resample * Rows) + starts[fold] + row]++);
            }
        }

        var samples = ClassSamples.Of(cell, counts);
        var strength = StrengthSamples.Of(cell, counts, withPartial: false);
        for (var resample = 0; resample < 20; resample++)
        {
            int[] laidOut = [.. Enumerable.Range(0, Rows).SelectMany(row => Enumerable.Repeat(row, counts[(resample * Rows) + row]))];
            Assert.Equal(Mean((values, actual) => ManyClasses.Accuracy(MostProbable(values), actual)), samples.Accuracy[resample], 1e-12);
            Assert.Equal(Mean((values, actual) => ManyClasses.MacroF1(MostProbable(values), actual, Classes)), samples.MacroF1[resample], 1e-12);
            Assert.Equal(Mean(ManyClasses.Auroc), samples.Auroc[resample], 1e-12);
            Assert.Equal(Mean(ManyClasses.R), strength.Resampled[resample], 1e-5);

            double Mean(ClassStatistic figure) => Enumerable.Range(0, 2).Average(fold => planes.Average(plane =>
            {
                int[] rows = [.. laidOut.Where(row => row >= starts[fold] && row < starts[fold + 1])];
                return figure([.. plane.Select(of => (double[])[.. rows.Select(row => of[row])])], [.. rows.Select(row => labels[row])]).Value!.Value;
            }));
        }
    }

    private delegate Statistic ClassStatistic(IReadOnlyList<double[]> values, ReadOnlySpan<double> actual);

    private static double[] MostProbable(IReadOnlyList<double[]> values) =>
        [.. Enumerable.Range(0, values[0].Length).Select(row => (double)Enumerable.Range(0, values.Count).MaxBy(k => values[k][row]))];

    // As it is defined, slowly: rows drawn within folds, the figure of each fold and seed anew, the mean of those that the sample has.
    private static double[] Resampled(RunFolder run, string probe, Func<double[][], double[], Statistic> figure)
    {
        var stored = ProbePredictions.ReadCell(run.PredictionsPath(probe, "tests", 1), 0);
        var path = run.ProbabilitiesPath(probe, "tests", 1);
        var probabilities = File.Exists(path) ? ProbeProbabilities.ReadCell(path, 0) : null;
        var (labels, folds) = (stored.Labels(0).ToArray(), stored.Folds(0).ToArray());
        float[][][] planes = [.. Enumerable.Range(0, 2).Select(seed => probabilities is null
            ? (float[][])[stored.Predictions(0, seed).ToArray()]
            : [.. Enumerable.Range(0, probabilities.Classes).Select(k => probabilities.Of(0, seed, k).ToArray())])];
        return [.. Enumerable.Range(0, Resamples).Select(resample =>
        {
            var values = new List<double>();
            for (var fold = 0; fold < 4; fold++)
            {
                int[] rows = [.. Enumerable.Range(0, folds.Length).Where(row => folds[row] == fold)];
                var drawn = new int[rows.Length];
                Bootstrap.DrawRows(Seed, resample, drawn, fold);
                int[] taken = [.. drawn.Select(place => rows[place])];
                foreach (var plane in planes.Where(plane => Of(plane, rows).Value is not null))
                {
                    values.Add(Of(plane, taken).Value ?? double.NaN);
                }
            }

            return values.Average();
        })];

        Statistic Of(float[][] plane, int[] rows) =>
            figure([.. plane.Select(of => (double[])[.. rows.Select(row => (double)of[row])])], [.. rows.Select(row => (double)labels[row])]);
    }

    private (RunFolder Run, Findings Findings) Analysed(string probe, string attribute)
    {
        var run = ProbingRun.Make(_temporary[probe]);
        ProbingStage.Run(
            run,
            new ProbingOptions
            {
                Scorer = "tests",
                Probe = probe,
                Attributes = [attribute],
                Scenarios = [Scenario.Input],
                Seeds = [0, 1],
                Controls = [ProbingOptions.Randomization],
                OnlineCoding = true,
            },
            null,
            TestContext.Current.CancellationToken);
        return (run, AnalysisStage.Run(run, new AnalysisOptions { Resamples = Resamples, Seed = Seed }, null, TestContext.Current.CancellationToken));
    }
}
