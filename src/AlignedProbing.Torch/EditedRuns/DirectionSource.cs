using System.Globalization;
using System.Text.RegularExpressions;
using AlignedProbing.Files;
using AlignedProbing.Numerics;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Interventions;

namespace AlignedProbing.Torch.EditedRuns;

/// <summary>Where directions come from: a run's probes, a difference of means, a file, or chance.</summary>
public static partial class DirectionSource
{
    /// <summary>The run's probes.</summary>
    public const string Probe = "probe";

    /// <summary>Means of what scores .5 or more less the others'.</summary>
    public const string Means = "means";

    /// <summary>Chance.</summary>
    public const string Chance = "random";

    /// <summary>Finds a direction.</summary>
    /// <param name="run">The run.</param>
    /// <param name="asked">What was asked.</param>
    /// <param name="from"><see cref="Probe"/>, <see cref="Means"/>, <see cref="Chance"/> (or <c>random:7</c>, with a seed), or a <c>.npy</c> file.</param>
    /// <param name="probe">The probe whose directions are taken; null: the run's first that has some.</param>
    /// <param name="scorer">The scorer on whose labels.</param>
    /// <param name="workingFolder">Where paths of files begin.</param>
    /// <exception cref="InputException"><c>direction</c>: it names nothing that is there; <c>intervention</c>: the vector is no direction.</exception>
    public static NamedDirection Find(RunFolder run, DirectionAsked asked, string from, string? probe, string scorer, string workingFolder)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(asked);
        ArgumentNullException.ThrowIfNull(from);
        var manifest = run.ReadManifest();
        if (from == Chance || from.StartsWith(Chance + ":", StringComparison.Ordinal))
        {
            return int.TryParse(from.AsSpan(Math.Min(from.Length, 7)), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) || from == Chance
                ? Random(manifest.Model.Width, seed)
                : throw DirectionAsked.Fault(from, $"'{from[7..]}' is not a seed", "Write random, or random:7");
        }

        if (from.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            return OfFile(from, Path.Combine(workingFolder, from), manifest.Model.Width);
        }

        if (from is not (Probe or Means))
        {
            throw DirectionAsked.Fault(from, "there is no such source of directions", "Write --direction probe, means, random or FILE.npy");
        }

        if (asked.Attribute is not { } attribute || asked.Scenario is not { } scenario)
        {
            throw DirectionAsked.Fault(
                asked.Text,
                "a layer alone says nothing of what is encoded",
                "Write for example toxicity:Input:10, or say with --direction that it is random or comes from FILE.npy");
        }

        if (asked.Layer >= manifest.Model.Layers)
        {
            throw DirectionAsked.Fault(asked.Text, $"the run has layers 0 to {manifest.Model.Layers - 1}", "Name one of them");
        }

        return from == Means
            ? DirectionOfMeans.Find(run, manifest, asked, attribute, scenario, scorer)
            : OfProbe(run, asked, attribute, scenario, probe, scorer);
    }

    /// <summary>The run's first probe that has directions on a scorer's labels, at any layer; null where none has.</summary>
    public static string? ProbeOf(RunFolder run, string scorer)
    {
        ArgumentNullException.ThrowIfNull(run);
        var layers = run.ReadManifest().Model.Layers;
        return run.Probes().FirstOrDefault(name => Enumerable.Range(0, layers).Any(layer => File.Exists(run.DirectionsPath(name, scorer, layer))));
    }

    /// <summary>A direction drawn uniformly from the sphere.</summary>
    /// <param name="width">Its width.</param>
    /// <param name="seed">The seed.</param>
    public static NamedDirection Random(int width, int seed)
    {
        var stream = RandomStream.For(seed, "direction", "", 0);
        var vector = new float[width];
        for (var i = 0; i < width; i++)
        {
            // Box and Muller: of a normal vector every direction is as likely.
            vector[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - stream.Uniform(i))) * Math.Cos(2 * Math.PI * stream.Uniform(i, 1)));
        }

        return new NamedDirection(
            FormattableString.Invariant($"random:{seed}"), FormattableString.Invariant($"random{seed}"), new EditDirection(vector));
    }

    /// <summary>A name as a part of a folder's.</summary>
    internal static string Safe(string name) => Unsafe().Replace(name, "_");

    private static NamedDirection OfFile(string text, string path, int width)
    {
        if (!File.Exists(path))
        {
            throw DirectionAsked.Fault(text, "there is no such file", "Correct the path");
        }

        var (values, shape) = NpyFile.ReadAll(path);
        return values.Length == width && shape.Count(size => size != 1) <= 1
            ? new NamedDirection(Path.GetFileName(path), Safe(Path.GetFileNameWithoutExtension(path)), new EditDirection(values))
            : throw DirectionAsked.Fault(
                text,
                $"its shape is [{string.Join(", ", shape)}] and the model's states have {width} numbers",
                "Give one vector of that width");
    }

    private static NamedDirection OfProbe(RunFolder run, DirectionAsked asked, string attribute, Scenario scenario, string? probe, string scorer)
    {
        var first = run.Probes().FirstOrDefault(name => File.Exists(run.DirectionsPath(name, scorer, asked.Layer)));
        var from = probe ?? first;
        if (from is null || !File.Exists(run.DirectionsPath(from, scorer, asked.Layer)))
        {
            throw DirectionAsked.Fault(
                asked.Text,
                $"the run has no {(from is null ? "probe" : $"probe '{from}'")} with directions at layer {asked.Layer} on labels of '{scorer}'",
                "Train it first: aligned-probing probe RUN --probe linear");
        }

        var own = ProbeDirection.ReadAll(run, from, scorer, asked.Layer)
            .Where(direction => direction.Scenario == scenario && direction.Attribute == attribute && direction.Class is null)
            .ToArray();
        if (own.Length == 0)
        {
            throw DirectionAsked.Fault(
                asked.Text, $"'{from}' has no {attribute} in the scenario {scenario} at layer {asked.Layer}", "Name an attribute that was probed");
        }

        // The mean of unit directions, so that no fold or seed counts more for its scale.
        var sum = new double[own[0].Weights.Length];
        foreach (var direction in own)
        {
            var unit = new EditDirection(direction.Weights).Unit;
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += unit[i];
            }
        }

        return new NamedDirection(
            $"{attribute}:{scenario}:{asked.Layer} by {from} on {scorer}",
            Safe($"{attribute}.{NameOf(scenario)}.{asked.Layer}{(from == first ? "" : $".{from}")}"),
            new EditDirection(Array.ConvertAll(sum, value => (float)(value / own.Length))));
    }

    /// <summary>A scenario's name in folders' names.</summary>
    internal static string NameOf(Scenario scenario) => scenario.ToString().ToLowerInvariant();

    [GeneratedRegex("[^A-Za-z0-9._]")]
    private static partial Regex Unsafe();
}
