using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>The borders that Matroska and WebM hide (RFC 9559, 5.1.4.1.28.8 to 11: PixelCropBottom, Top, Left, Right).</summary>
internal static class MatroskaCropping
{
    /// <summary>Of what is shown: its size is in no unit.</summary>
    private const int UnknownUnit = 4;

    private const uint Segment = 0x18538067, Tracks = 0x1654AE6B, Track = 0xAE, Type = 0x83, Video = 0xE0;
    private const uint Width = 0xB0, Height = 0xBA, ShownWidth = 0x54B0, ShownHeight = 0x54BA, ShownUnit = 0x54B2;
    private const uint Bottom = 0x54AA, Top = 0x54BB, Left = 0x54CC, Right = 0x54DD;

    /// <summary>What they hide of a track; null: nothing.</summary>
    /// <param name="file">Such a file.</param>
    /// <param name="ordinal">Which of the tracks of video.</param>
    public static Cropping? Read(FileStream file, int ordinal)
    {
        // An edited file may have them behind its clusters.
        var list = Elements(file, 0, file.Length).Where(e => e.Id == Segment)
            .SelectMany(segment => Elements(file, segment.Start, segment.End)).FirstOrDefault(e => e.Id == Tracks);
        var tracks = Elements(file, list.Start, list.End).Where(e => e.Id == Track);
        var videos = tracks.Select(t => Elements(file, t.Start, t.End).ToList()).Where(t => t.Any(e => e.Id == Type && Number(file, e) == 1));
        if (videos.ElementAtOrDefault(ordinal)?.FirstOrDefault(e => e.Id == Video) is not { Id: Video } video)
            return null;
        var numbers = Elements(file, video.Start, video.End).ToLookup(e => e.Id, e => Number(file, e));
        int Of(uint id) => numbers[id].FirstOrDefault();
        var cropping = new Cropping(Of(Left), Of(Top), Of(Right), Of(Bottom));
        if (cropping.IsNothing)
            return null;
        long width = Of(Width) - cropping.Left - cropping.Right, height = Of(Height) - cropping.Top - cropping.Bottom;
        return Of(ShownWidth) < 1 || Of(ShownHeight) < 1 || Of(ShownUnit) == UnknownUnit || width < 1 || height < 1 ? cropping
            : cropping with { PixelShape = new Rational(height * Of(ShownWidth), width * Of(ShownHeight)) };
    }

    /// <summary>Those that follow one another in a part of a file; what is behind a damaged one is not looked at.</summary>
    private static IEnumerable<Element> Elements(FileStream file, long from, long to)
    {
        for (var at = from; at < to;)
        {
            if (Varying(file, at, keepMarker: true) is not ({ } id, var idLength) || Varying(file, at + idLength, keepMarker: false) is not ({ } size, var sizeLength))
                yield break;
            var start = at + idLength + sizeLength;
            // All ones: unknown, to the end.
            var isUnknown = size == (1L << (7 * sizeLength)) - 1;
            if (!isUnknown && size > to - start)
                yield break;
            at = isUnknown ? to : start + size;
            yield return new Element((uint)id, start, at);
        }
    }

    /// <summary>A number that says its own length by the zeros it begins with (RFC 8794, 4).</summary>
    private static (long? Value, int Length) Varying(FileStream file, long at, bool keepMarker)
    {
        var data = file.ReadAt(at, 8);
        if (data.Length == 0 || data[0] == 0)
            return (null, 0);
        var length = System.Numerics.BitOperations.LeadingZeroCount((uint)data[0]) - 23;
        if (length > data.Length)
            return (null, 0);
        var value = BigEndian(data.AsSpan(0, length));
        return (keepMarker ? value : value & ((1L << (7 * length)) - 1), length);
    }

    /// <summary>Those that do not fit count as 0.</summary>
    private static int Number(FileStream file, Element element)
    {
        if (element.End - element.Start > 8)
            return 0;
        var value = BigEndian(file.ReadAt(element.Start, (int)(element.End - element.Start)));
        return value is >= 0 and <= MediaProbe.MaximumSide ? (int)value : 0;
    }

    private static long BigEndian(ReadOnlySpan<byte> bytes)
    {
        long value = 0;
        foreach (var next in bytes)
            value = (value << 8) | next;
        return value;
    }

    private readonly record struct Element(uint Id, long Start, long End);
}
