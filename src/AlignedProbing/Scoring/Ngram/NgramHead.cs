using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AlignedProbing.Scoring.Ngram;

/// <summary>
/// The second stage: several small networks (one hidden layer of rectified units, and a linear path beside it) that turn what the n-grams say about all
/// attributes into log-odds of each; their mean counts. Every sum has a fixed order, so the result is the same on every machine.
/// </summary>
internal sealed class NgramHead
{
    /// <summary>What it sees of a text; see <see cref="NgramModel.Describe"/>.</summary>
    public const int Inputs = 32;

    /// <summary>Hidden units of a network.</summary>
    public const int Hidden = 24;

    /// <summary>Networks at most.</summary>
    public const int MostMembers = 16;

    /// <summary>
    /// Numbers of a network: hidden weights [inputs, hidden] and biases, output weights [hidden, lanes] and biases, and the linear path [inputs, lanes].
    /// </summary>
    public const int MemberSize = ((Inputs + 1) * Hidden) + ((Hidden + 1) * NgramTable.Lanes) + (Inputs * NgramTable.Lanes);

    private const int HiddenVectors = Hidden / NgramTable.Lanes;
    private readonly Vector256<float>[] _numbers;

    /// <summary>Makes a head of its numbers, network after network.</summary>
    /// <exception cref="InvalidDataException">They are not those of 1 to 16 networks, or not finite.</exception>
    public NgramHead(ReadOnlySpan<float> numbers)
    {
        if (numbers.Length % MemberSize != 0 || numbers.Length / MemberSize is < 1 or > MostMembers)
        {
            throw new InvalidDataException($"A head has 1 to {MostMembers} networks of {MemberSize} numbers; these are {numbers.Length}.");
        }

        foreach (var number in numbers)
        {
            if (!float.IsFinite(number))
            {
                throw new InvalidDataException("A number of the head is not finite.");
            }
        }

        _numbers = MemoryMarshal.Cast<float, Vector256<float>>(numbers).ToArray();
    }

    /// <summary>Its numbers.</summary>
    public ReadOnlySpan<float> Numbers => MemoryMarshal.Cast<Vector256<float>, float>(_numbers);

    /// <summary>Log-odds of each lane.</summary>
    /// <param name="inputs">What is seen of the text: <see cref="Inputs"/> numbers.</param>
    public Vector256<float> LogOdds(ReadOnlySpan<float> inputs)
    {
        var members = _numbers.Length * NgramTable.Lanes / MemberSize;
        var sum = Vector256<float>.Zero;
        Span<Vector256<float>> hidden = stackalloc Vector256<float>[HiddenVectors];
        for (var member = 0; member < members; member++)
        {
            var numbers = _numbers.AsSpan(member * MemberSize / NgramTable.Lanes, MemberSize / NgramTable.Lanes);
            var first = numbers[..((Inputs + 1) * HiddenVectors)];
            var second = numbers[((Inputs + 1) * HiddenVectors)..];
            var linear = second[(Hidden + 1)..];
            var output = second[Hidden];
            first[(Inputs * HiddenVectors)..].CopyTo(hidden);
            for (var i = 0; i < Inputs; i++)
            {
                var input = Vector256.Create(inputs[i]);
                output += input * linear[i];
                for (var h = 0; h < HiddenVectors; h++)
                {
                    hidden[h] += input * first[(i * HiddenVectors) + h];
                }
            }

            for (var h = 0; h < Hidden; h++)
            {
                output += Vector256.Create(Math.Max(0, hidden[h / NgramTable.Lanes][h % NgramTable.Lanes])) * second[h];
            }

            sum += output;
        }

        return sum / Vector256.Create((float)members);
    }
}
