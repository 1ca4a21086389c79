
// dotnet run -c Release --project tools/TrainScorer [-- texts.jsonl [threads [held-out.csv]]], in the repository's root: measures the built-in scorer out of
// fold, trains it on all
// texts, writes its weights, and puts the figures into its card. The same texts give the same weights, bit for bit, on one kind of machine and for any number
// of threads.
// held-out.csv gets the out-of-fold scores, as 'score --import' reads them.
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using AlignedProbing.Files;
using AlignedProbing.Scoring.Ngram;
using AlignedProbing.Tools.TrainScorer;
using var bytes = new MemoryStream();

const string Weights = "src/AlignedProbing/Scoring/Ngram/ngram.bin";
const string Card = "docs/reference/scorers/ngram.md";
// The options of both stages were chosen with folds of seed 1; figures come from other folds.
const int Seed = 7;

var source = args.Length > 0 ? args[0] : "../shared/data/rtp-1996.jsonl";
var threads = args.Length > 1 ? int.Parse(args[1], NumberStyles.None, CultureInfo.InvariantCulture) : 2;
if (!File.Exists(source) || !File.Exists(Card))
{
    Console.Error.WriteLine($"Run this in the repository's root; it reads '{source}' (or the file that you name) and '{Card}'.");
    return 2;
}

var clock = Stopwatch.StartNew();
var texts = TrainingTexts.Read(source).WithCounterfactuals();
var matrix = NgramMatrix.Of(texts.Texts);
Console.WriteLine(
    $"{texts.Originals} texts of {texts.Rows.Distinct().Count()} rows and {texts.Count - texts.Originals} copies, {matrix.Hashes.Length} n-grams");
var pipeline = new Pipeline(texts, matrix, new LinearOptions(), new HeadOptions(), threads);
var heldOut = pipeline.OutOfFold(Seed);
var tables = Agreement.Tables(texts, heldOut);
Console.WriteLine(tables);
if (args.Length > 2)
{
    HeldOutScores.Write(args[2], texts, heldOut);
}

var all = Enumerable.Range(0, texts.Count).ToArray();
var model = pipeline.Fit(all, Seed);
var failures = FailureCases.Table(model);
Console.WriteLine(failures);
model.Write(bytes);
var hash = Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()));
AtomicWrite.File(Weights, stream => stream.Write(bytes.ToArray()));

var timer = Stopwatch.StartNew();
pipeline.Score(NgramModel.Read(bytes.ToArray()), all, new float[texts.Count * TrainingTexts.Lanes]);
timer.Restart();
const int Passes = 10;
for (var pass = 0; pass < Passes; pass++)
{
    pipeline.Score(model, all, new float[texts.Count * TrainingTexts.Lanes]);
}

Console.WriteLine($"{Weights}: {bytes.Length} bytes, SHA-256 {hash}");
Console.WriteLine($"{texts.Count * Passes / timer.Elapsed.TotalSeconds:0} texts a second on one thread; {clock.Elapsed.TotalSeconds:0} s in all");
var probes = Probes.Table(model);
Console.WriteLine(probes);
AtomicWrite.Text(Card, CardText.WithFigures(File.ReadAllText(Card), $"Weights: {bytes.Length:N0} bytes, SHA-256 `{hash}`.\n\n{tables}\n{failures}\n{probes}"));
return 0;
