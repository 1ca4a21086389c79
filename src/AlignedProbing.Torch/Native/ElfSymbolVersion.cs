using System.Buffers.Binary;

namespace AlignedProbing.Torch.Native;

/// <summary>
/// Lets a shared library that was linked against GCC 13's C++ library load beside an older one. Such a library asks for the symbol version GLIBCXX_3.4.32
/// because of one reference, <c>std::ios_base_library_init()</c>, which is never called: its only purpose is to make the linker keep the stream library's
/// initialiser. The copy made here refers to <c>std::ios_base::Init::Init()</c> at version GLIBCXX_3.4 instead, which every libstdc++ has. Source of the
/// layout: the System V ABI (ELF-64) and the Linux Standard Base's chapter on symbol versioning.
/// </summary>
internal static class ElfSymbolVersion
{
    private const string NewVersion = "GLIBCXX_3.4.32";
    private const string OldVersion = "GLIBCXX_3.4";
    private const string OldSymbol = "_ZNSt8ios_base4InitC1Ev";

    /// <summary>The symbol that came with GLIBCXX_3.4.32.</summary>
    public const string NewSymbol = "_ZSt21ios_base_library_initv";

    private const uint DynamicSymbols = 11;
    private const uint VersionNeeds = 0x6ffffffe;
    private const uint VersionIndices = 0x6fffffff;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;

    /// <summary>Changes a library's image in place.</summary>
    /// <param name="image">The whole file. It is changed only where nothing is wrong with it.</param>
    /// <returns>False where the image does not ask for GLIBCXX_3.4.32, and needs no change.</returns>
    /// <exception cref="BadImageFormatException">It is not a 64-bit little-endian ELF file, its tables point outside it, or it needs more of that version than
    /// this one symbol.</exception>
    public static bool Relax(Span<byte> image)
    {
        if (image.Length < 64 || !image.StartsWith("\u007fELF"u8) || image[4] != 2 || image[5] != 1)
        {
            throw new BadImageFormatException("It is not a 64-bit little-endian ELF file.");
        }

        var symbols = FindSection(image, DynamicSymbols);
        var strings = SectionAt(image, (int)symbols.Link);
        var needs = FindSection(image, VersionNeeds);
        var indices = FindSection(image, VersionIndices);

        var (wanted, wantedIndex) = FindVersion(image, strings, needs, NewVersion);
        if (wanted < 0)
        {
            return false;
        }

        var (fallback, fallbackIndex) = FindVersion(image, strings, needs, OldVersion);
        if (fallback < 0)
        {
            throw new BadImageFormatException($"It asks for {NewVersion} and not for {OldVersion}.");
        }

        // Look first, write after: an image that cannot be corrected stays as it was.
        var nameOffset = -1;
        var indexOffset = -1;
        for (var i = 0; i < symbols.Size / SymbolSize; i++)
        {
            var index = checked((int)(indices.Offset + (2L * i)));
            if ((BinaryPrimitives.ReadUInt16LittleEndian(Part(image, index, 2)) & 0x7fff) != wantedIndex)
            {
                continue;
            }

            var name = checked((int)(strings.Offset + BinaryPrimitives.ReadUInt32LittleEndian(Part(image, symbols.Offset + ((long)i * SymbolSize), 4))));
            if (Text(image, name) is var text && text != NewSymbol)
            {
                throw new BadImageFormatException($"It needs '{text}' of {NewVersion}.");
            }

            (nameOffset, indexOffset) = (name, index);
        }

        if (nameOffset < 0)
        {
            throw new BadImageFormatException($"It asks for {NewVersion} and no symbol of it.");
        }

        var place = Part(image, nameOffset, NewSymbol.Length);
        place.Clear();
        System.Text.Encoding.ASCII.GetBytes(OldSymbol, place);
        BinaryPrimitives.WriteUInt16LittleEndian(Part(image, indexOffset, 2), fallbackIndex);

        // The list of needed versions itself: the entry now asks for the old version (a second time, which is allowed).
        BinaryPrimitives.WriteUInt32LittleEndian(Part(image, wanted, 4), Hash(OldVersion));
        Part(image, fallback + 8, 4).CopyTo(Part(image, wanted + 8, 4));
        return true;
    }

    /// <summary>The System V ABI's hash of a name.</summary>
    internal static uint Hash(string name)
    {
        uint hash = 0;
        foreach (var letter in name)
        {
            hash = (hash << 4) + letter;
            var high = hash & 0xf0000000;
            hash ^= high >> 24;
            hash &= ~high;
        }

        return hash;
    }

    private static (long Offset, ushort Index) FindVersion(Span<byte> image, Section strings, Section needs, string version)
    {
        var file = needs.Offset;
        for (var i = 0; i < needs.Information; i++)
        {
            var record = Part(image, file, 16);
            var count = BinaryPrimitives.ReadUInt16LittleEndian(record[2..]);
            var entry = file + BinaryPrimitives.ReadUInt32LittleEndian(record[8..]);
            for (var j = 0; j < count; j++)
            {
                var fields = Part(image, entry, 16);
                if (Text(image, strings.Offset + BinaryPrimitives.ReadUInt32LittleEndian(fields[8..])) == version)
                {
                    return (entry, BinaryPrimitives.ReadUInt16LittleEndian(fields[6..]));
                }

                entry += BinaryPrimitives.ReadUInt32LittleEndian(fields[12..]);
            }

            file += BinaryPrimitives.ReadUInt32LittleEndian(record[12..]);
        }

        return (-1, 0);
    }

    private static Section FindSection(Span<byte> image, uint type)
    {
        var count = BinaryPrimitives.ReadUInt16LittleEndian(image[0x3c..]);
        for (var i = 0; i < count; i++)
        {
            var section = SectionAt(image, i);
            if (section.Type == type)
            {
                return section;
            }
        }

        throw new BadImageFormatException($"It has no section of type {type:x}.");
    }

    private static Section SectionAt(Span<byte> image, int number)
    {
        var start = BinaryPrimitives.ReadUInt64LittleEndian(image[0x28..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(image[0x3a..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(image[0x3c..]);
        if (size != SectionHeaderSize || number < 0 || number >= count || start > (ulong)image.Length)
        {
            throw new BadImageFormatException("Its table of sections is broken.");
        }

        var header = Part(image, (long)start + ((long)number * SectionHeaderSize), SectionHeaderSize);
        var section = new Section(
            BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
            unchecked((long)BinaryPrimitives.ReadUInt64LittleEndian(header[24..])),
            unchecked((long)BinaryPrimitives.ReadUInt64LittleEndian(header[32..])),
            BinaryPrimitives.ReadUInt32LittleEndian(header[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(header[44..]));

        // Sections without bytes in the file (type 8) may claim any range; nobody reads them.
        return
            section.Type == 8 || (section.Offset >= 0 && section.Size >= 0 && section.Offset <= image.Length && section.Size <= image.Length - section.Offset)
            ? section
            : throw new BadImageFormatException("A section lies outside the file.");
    }

    private static string Text(Span<byte> image, long offset)
    {
        var rest = offset >= 0 && offset < image.Length ? image[(int)offset..] : throw new BadImageFormatException("A name lies outside the file.");
        var length = rest.IndexOf((byte)0);
        return length < 0 ? throw new BadImageFormatException("A name does not end.") : System.Text.Encoding.ASCII.GetString(rest[..length]);
    }

    private static Span<byte> Part(Span<byte> image, long offset, int size) =>
        offset >= 0 && offset <= image.Length - size ? image.Slice((int)offset, size) : throw new BadImageFormatException("A table lies outside the file.");

    private readonly record struct Section(uint Type, long Offset, long Size, uint Link, uint Information);
}
