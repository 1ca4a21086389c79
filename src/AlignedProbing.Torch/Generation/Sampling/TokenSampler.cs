using System.Runtime.Intrinsics.X86;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Generation.Sampling;

/// <summary>
/// Draws tokens from logits: temperature, top-k, top-p, exact, without sorting the vocabulary and with one uniform number a token. The tokens kept are laid out
/// in order of their ids, and the one under the uniform number is taken (inverse distribution function). Depends on logits and number alone; several threads
/// may use one sampler.
/// </summary>
public sealed class TokenSampler
{
    /// <summary>Shares of the whole mass, one of which most borders lie above.</summary>
    private static readonly double[] Shares = [1.0 / (1 << 9), 1.0 / (1 << 12), 1.0 / (1 << 15)];

    [ThreadStatic]
    private static Scratch? _scratch;

    private readonly TokenSamplerOptions _options;

    /// <summary>Makes a sampler.</summary>
    /// <exception cref="InputException"><c>sampling-options</c>.</exception>
    public TokenSampler(TokenSamplerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <summary>Whether vectors of 512 bits are used; tests compare both ways.</summary>
    internal bool Wide { get; init; } = Avx512F.IsSupported;

    /// <summary>How it draws.</summary>
    internal TokenSamplerOptions Options => _options;

    /// <summary>Draws one token from each row, in parallel.</summary>
    /// <param name="logits">[rows, vocabulary], float32, contiguous, in CPU memory.</param>
    /// <param name="uniforms">A number in [0, 1) for each row.</param>
    /// <param name="tokens">Where the tokens go, one a row.</param>
    /// <exception cref="InvalidOperationException">A row is no distribution (NaN, or infinite).</exception>
    public void SampleRows(Tensor logits, double[] uniforms, SampledToken[] tokens)
    {
        var vocabulary = checked((int)logits.size(1));
        if (logits.dim() != 2 || logits.size(0) != uniforms.Length || tokens.Length < uniforms.Length)
        {
            throw new ArgumentException("There is one number and one place for each row of logits.", nameof(uniforms));
        }

        ParallelRows.For(
            uniforms.Length,
            (from, to) =>
            {
                var all = TensorMemory.Span<float>(logits);
                for (var row = from; row < to; row++)
                {
                    tokens[row] = Sample(all.Slice(row * vocabulary, vocabulary), uniforms[row]);
                }
            });
    }

    /// <summary>Draws one token.</summary>
    /// <param name="logits">One row: a logit for each token of the vocabulary. Negative infinity excludes a token.</param>
    /// <param name="uniform">A number in [0, 1), uniformly distributed; not used at temperature 0.</param>
    /// <exception cref="InvalidOperationException">The row is no distribution: a NaN, a positive infinity, or nothing but negative infinities.</exception>
    public SampledToken Sample(ReadOnlySpan<float> logits, double uniform)
    {
        if (!(uniform is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(uniform), uniform, "The number is drawn from [0, 1).");
        }

        var scratch = _scratch is { } kept && kept.Capacity >= logits.Length ? kept : _scratch = new Scratch(logits.Length);
        var weights = scratch.Weights.AsSpan(0, Scratch.Padded(logits.Length));
        var max = LogitVectors.Peaks(logits, scratch.Peaks);
        var rawTotal = LogitVectors.Exponentials(logits, max, 1, weights, Wide);
        var token = _options.Temperature == 0 ? logits.IndexOf(max) : Draw(logits, max, rawTotal, uniform, scratch, weights);
        return new SampledToken(token, logits[token] - (double)max - Math.Log(rawTotal));
    }

    private int Draw(ReadOnlySpan<float> logits, float max, double rawTotal, double uniform, Scratch scratch, Span<float> weights)
    {
        var total = _options.Temperature == 1 ? rawTotal : LogitVectors.Exponentials(logits, max, (float)(1 / _options.Temperature), weights, Wide);
        var cutsByRank = _options.TopK > 0 && _options.TopK < logits.Length;
        if (!cutsByRank && _options.TopP == 1)
        {
            return Walk(weights[..logits.Length], uniform * total);
        }

        var found = new Candidates(scratch.Ids, scratch.Masses, scratch.Keys);
        var peaks = scratch.Peaks.AsSpan(0, LogitVectors.Blocks(logits.Length));
        int count;
        if (cutsByRank)
        {
            // As many blocks as tokens are asked for have a logit that large: no smaller one is among them.
            var least = float.NegativeInfinity;
            if (_options.TopK <= peaks.Length)
            {
                for (var block = 0; block < peaks.Length; block++)
                {
                    found.Keys[block] = Threshold.KeyOf(peaks[block]);
                }

                least = Threshold.LogitOf(Threshold.Find(found.Keys[..peaks.Length], default, _options.TopK).Key);
            }

            count = LogitVectors.Collect(logits, weights, peaks, least, found).Count;
            var border = Threshold.Find(found.Keys[..count], default, Math.Min(count, _options.TopK)).Key;
            (count, total) = KeepFrom(border, int.MaxValue, count, found);
        }
        else
        {
            count = Nucleus(logits, max, total, weights, peaks, found);
        }

        if (_options.TopP < 1)
        {
            var target = _options.TopP * total;
            var (border, above) = Threshold.Find(found.Keys[..count], found.Masses[..count], target);
            var borderMass = found.Masses[found.Keys[..count].IndexOf(border)];
            var equals = Math.Max(1, Math.Ceiling((target - above) / borderMass));
            (count, total) = KeepFrom(border, (int)Math.Min(equals, int.MaxValue), count, found);
        }

        return found.Ids[Walk(found.Masses[..count], uniform * total)];
    }

    /// <summary>
    /// Collects tokens among which are all of the nucleus: those above a logit, for the largest logit of some tried above which there is mass enough. The
    /// nucleus is the smallest set of largest tokens with that mass, so it lies within any such set of largest tokens. Only then is anything left out, so the
    /// result is exact whatever logits are tried.
    /// </summary>
    /// <returns>How many.</returns>
    private int Nucleus(ReadOnlySpan<float> logits, float max, double total, ReadOnlySpan<float> weights, ReadOnlySpan<float> peaks, in Candidates found)
    {
        // Sums of so many float64 numbers are exact to 1e-11: the border does not depend on the order in which they are added.
        var enough = _options.TopP * total * (1 + 1e-9);
        foreach (var share in Shares)
        {
            // At most 1 / share tokens have such a share of the mass.
            var (count, mass) = LogitVectors.Collect(logits, weights, peaks, LogitOf(share * total), found);
            if (mass >= enough)
            {
                return count;
            }
        }

        // All tokens that weigh less than this do not weigh, together, the 1 - p left out of the nucleus.
        return LogitVectors.Collect(logits, weights, peaks, LogitOf((1 - _options.TopP) * total / logits.Length * 0.999), found).Count;

        // No token of that weight has a smaller logit: a weight is exp((logit - max) / temperature) to within 87 * 2^-22 of the exponent's value and 2 units of
        // the last place, and 0.001 is far more.
        float LogitOf(double weight) => MathF.BitDecrement((float)(max + ((Math.Log(weight) - 0.001) * _options.Temperature)));
    }

    /// <summary>The first index at which the sum of masses exceeds a place; the last that weighs anything where rounding put the place past them all.</summary>
    private static int Walk(ReadOnlySpan<float> masses, double place)
    {
        double passed = 0;
        for (var i = 0; i < masses.Length; i++)
        {
            passed += masses[i];
            if (passed > place)
            {
                return i;
            }
        }

        return masses.LastIndexOfAnyExcept(0f);
    }

    /// <summary>Keeps, in order, what lies above a border, and of what lies on it the first ones; their number and sum.</summary>
    private static (int Count, double Total) KeepFrom(uint border, int equals, int count, in Candidates found)
    {
        // No branch depends on the data: which token is kept cannot be foreseen, and a wrong guess costs more than a write.
        var ids = found.Ids[..count];
        var masses = found.Masses[..count];
        var keys = found.Keys[..count];
        var kept = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            var key = keys[i];
            (ids[kept], masses[kept], keys[kept]) = (ids[i], masses[i], key);
            var onBorder = key == border ? 1 : 0;
            kept += (key > border ? 1 : 0) + (equals > 0 ? onBorder : 0);
            equals -= onBorder;
        }

        double total = 0;
        foreach (var mass in masses[..kept])
        {
            total += mass;
        }

        return (kept, total);
    }

    /// <summary>A thread's memory for one row.</summary>
    private sealed class Scratch(int vocabulary)
    {
        public int Capacity { get; } = vocabulary;

        public float[] Peaks { get; } = new float[LogitVectors.Blocks(vocabulary)];

        public float[] Weights { get; } = new float[Padded(vocabulary)];

        public int[] Ids { get; } = new int[vocabulary];

        public float[] Masses { get; } = new float[vocabulary];

        public uint[] Keys { get; } = new uint[vocabulary];

        public static int Padded(int count) => (count + LogitVectors.Lanes - 1) / LogitVectors.Lanes * LogitVectors.Lanes;
    }
}
