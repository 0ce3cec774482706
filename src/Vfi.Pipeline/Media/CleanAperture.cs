using System.Buffers.Binary;

namespace Vfi.Pipeline.Media;

/// <summary>The clean aperture of MP4 and QuickTime files (ISO/IEC 14496-12, 12.1.4): the part of the picture that is shown.</summary>
internal static class CleanAperture
{
    /// <summary>Of a sample entry of video: what lies before the boxes in it, and where its width and height are.</summary>
    private const int EntryFields = 78, WidthAt = 24, HeightAt = 26;

    /// <summary>Of the box of sample entries: version and flags, number of entries.</summary>
    private const int DescriptionFields = 8;

    /// <summary>Eight numbers of four bytes.</summary>
    private const int Size = 32;

    /// <summary>What it hides of a track; null: nothing.</summary>
    /// <param name="file">Such a file.</param>
    /// <param name="tracks">Those of the video's id.</param>
    public static Cropping? Read(FileStream file, IEnumerable<Box> tracks)
    {
        foreach (var description in tracks.SelectMany(t => Boxes.Find(file, t, "mdia", "minf", "stbl", "stsd")))
        {
            var entry = description.Start + DescriptionFields + Boxes.Header;
            foreach (var aperture in Boxes.Find(file, entry + EntryFields, description.End, "clap").Where(a => a.End - a.Start >= Size))
                return Parse(file.ReadAt(entry, EntryFields), file.ReadAt(aperture.Start, Size));
        }
        return null;
    }

    private static Cropping? Parse(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> aperture)
    {
        if (entry.Length < EntryFields || aperture.Length < Size)
            return null;
        var (left, right) = Hidden(BinaryPrimitives.ReadUInt16BigEndian(entry[WidthAt..]), aperture, aperture[16..]);
        var (top, bottom) = Hidden(BinaryPrimitives.ReadUInt16BigEndian(entry[HeightAt..]), aperture[8..], aperture[24..]);
        return new Cropping(left, top, right, bottom) is { IsNothing: false } hidden ? hidden : null;
    }

    /// <summary>Before and behind: the aperture's middle lies as far from the picture's as its offset says. What is shown in part is shown.</summary>
    private static (int Before, int Behind) Hidden(int length, ReadOnlySpan<byte> shown, ReadOnlySpan<byte> offset)
    {
        double? size = Fraction(shown), from = Fraction(offset);
        if (size is null || from is null)
            return (0, 0);
        var before = ((length - size.Value) / 2) + from.Value;
        return ((int)Math.Clamp(Math.Floor(before), 0, length), (int)Math.Clamp(Math.Floor(length - size.Value - before), 0, length));
    }

    private static double? Fraction(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadInt32BigEndian(data[4..]) is var denominator and not 0
        ? BinaryPrimitives.ReadInt32BigEndian(data) / (double)denominator : null;
}
