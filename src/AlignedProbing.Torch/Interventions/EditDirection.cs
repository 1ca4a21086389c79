using System.Globalization;
using System.Security.Cryptography;
using System.Runtime.InteropServices;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Interventions;

/// <summary>A direction in the space of hidden states, of length 1.</summary>
public sealed class EditDirection
{
    private readonly float[] _unit;

    /// <summary>Makes a vector's direction.</summary>
    /// <param name="vector">The vector, of any length above 0; divided by it in float64.</param>
    /// <exception cref="InputException"><c>intervention</c>: it is all zeros, or a number of it is not finite.</exception>
    public EditDirection(ReadOnlySpan<float> vector)
    {
        var squares = 0.0;
        foreach (var value in vector)
        {
            if (!float.IsFinite(value))
            {
                throw Fault(string.Create(CultureInfo.InvariantCulture, $"the direction holds {value}"), "Take a direction of finite numbers");
            }

            squares += (double)value * value;
        }

        if (squares == 0)
        {
            throw Fault("the direction is all zeros, so it points nowhere", "Take a vector that is not zero, for example a probe's direction of another layer");
        }

        var length = Math.Sqrt(squares);
        _unit = new float[vector.Length];
        for (var i = 0; i < _unit.Length; i++)
        {
            _unit[i] = (float)(vector[i] / length);
        }
    }

    /// <summary>Numbers of the direction.</summary>
    public int Width => _unit.Length;

    /// <summary>The direction, float32 [width], of length 1.</summary>
    public ReadOnlySpan<float> Unit => _unit;

    /// <summary>SHA-256 of <see cref="Unit"/>, little endian, in hexadecimal: names the direction in a manifest.</summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(Unit)));

    /// <summary>How far a state lies along it, added up in float64.</summary>
    public double Along(ReadOnlySpan<float> state) => EditKernels.Dot(state, _unit);

    internal IEnumerable<string> Faults(ModelSizes sizes) =>
        Width == sizes.Width ? []
        : [string.Create(CultureInfo.InvariantCulture, $"a direction of width {Width} (the model's states have {sizes.Width} numbers)")];

    private static InputException Fault(string found, string remedy) => new("intervention", "making a direction", found, remedy);
}
