using System.Buffers.Binary;
using System.Text;

namespace Azure.Messaging.ServiceBus.Amqp;

/// <summary>An AMQP symbol: a name from a constrained domain.</summary>
internal readonly record struct Symbol(string Name);

/// <summary>Moves values between .NET and Proton's AMQP data. Timestamps are <see cref="DateTimeOffset"/>, UUIDs <see cref="Guid"/>.</summary>
internal static unsafe class AmqpData
{
    /// <exception cref="NotSupportedException">A type that AMQP properties cannot carry.</exception>
    public static void Write(nint data, object? value)
    {
        switch (value)
        {
            case null: Proton.pn_data_put_null(data); break;
            case bool b: Proton.pn_data_put_bool(data, b); break;
            case int i: Proton.pn_data_put_int(data, i); break;
            case uint u: Proton.pn_data_put_uint(data, u); break;
            case long l: Proton.pn_data_put_long(data, l); break;
            case double d: Proton.pn_data_put_double(data, d); break;
            case DateTimeOffset t: Proton.pn_data_put_timestamp(data, t.ToUnixTimeMilliseconds()); break;
            case Guid g: Proton.pn_data_put_uuid(data, ToUuid(g)); break;
            case string s: WriteBytes(data, Encoding.UTF8.GetBytes(s), Proton.Type.String); break;
            case Symbol s: WriteBytes(data, Encoding.ASCII.GetBytes(s.Name), Proton.Type.Symbol); break;
            case byte[] bytes: WriteBytes(data, bytes, Proton.Type.Binary); break;
            case Guid[] array: WriteArray(data, Proton.Type.Uuid, array); break;
            case long[] array: WriteArray(data, Proton.Type.Long, array); break;
            case IEnumerable<KeyValuePair<string, object>> map: WriteMap(data, map.Select(p => ((object)p.Key, (object?)p.Value))); break;
            case IEnumerable<KeyValuePair<Symbol, object>> map: WriteMap(data, map.Select(p => ((object)p.Key, (object?)p.Value))); break;
            case IReadOnlyList<object> list: WriteList(data, list); break;
            default: throw new NotSupportedException($"a value of type {value.GetType()} cannot be sent in an AMQP message");
        }
    }

    /// <summary>The first value; maps have string keys (symbols included), arrays and lists become object[].</summary>
    public static object? ReadFirst(nint data)
    {
        Proton.pn_data_rewind(data);
        return Proton.pn_data_next(data) ? Read(data) : null;
    }

    public static Dictionary<string, object> ReadMap(nint data) => ReadFirst(data) as Dictionary<string, object> ?? [];

    private static object? Read(nint data) => Proton.pn_data_type(data) switch
    {
        Proton.Type.Bool => Proton.pn_data_get_bool(data),
        Proton.Type.UByte => Proton.pn_data_get_ubyte(data),
        Proton.Type.Byte => Proton.pn_data_get_byte(data),
        Proton.Type.UShort => Proton.pn_data_get_ushort(data),
        Proton.Type.Short => Proton.pn_data_get_short(data),
        Proton.Type.UInt => Proton.pn_data_get_uint(data),
        Proton.Type.Int => Proton.pn_data_get_int(data),
        Proton.Type.ULong => Proton.pn_data_get_ulong(data),
        Proton.Type.Long => Proton.pn_data_get_long(data),
        Proton.Type.Timestamp => FromTimestamp(Proton.pn_data_get_timestamp(data)),
        Proton.Type.Float => Proton.pn_data_get_float(data),
        Proton.Type.Double => Proton.pn_data_get_double(data),
        Proton.Type.Uuid => ToGuid(Proton.pn_data_get_uuid(data)),
        Proton.Type.Binary => Proton.pn_data_get_bytes(data).Span.ToArray(),
        Proton.Type.String => Encoding.UTF8.GetString(Proton.pn_data_get_bytes(data).Span),
        Proton.Type.Symbol => Encoding.ASCII.GetString(Proton.pn_data_get_bytes(data).Span),
        Proton.Type.Map => ReadEntries(data),
        Proton.Type.List => ReadItems(data, Proton.pn_data_get_list(data)),
        Proton.Type.Array => ReadItems(data, Proton.pn_data_get_array(data)),
        Proton.Type.Described => ReadDescribed(data),
        _ => null,
    };

    private static DateTimeOffset FromTimestamp(long milliseconds) => milliseconds >= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static Dictionary<string, object> ReadEntries(nint data)
    {
        var map = new Dictionary<string, object>(StringComparer.Ordinal);
        var count = Proton.pn_data_get_map(data) / 2;
        Proton.pn_data_enter(data);
        for (nuint i = 0; i < count; i++)
        {
            Proton.pn_data_next(data);
            var key = Read(data)?.ToString() ?? "";
            Proton.pn_data_next(data);
            map[key] = Read(data)!;
        }
        Proton.pn_data_exit(data);
        return map;
    }

    private static object?[] ReadItems(nint data, nuint count)
    {
        var items = new object?[count];
        Proton.pn_data_enter(data);
        for (nuint i = 0; i < count; i++)
        {
            Proton.pn_data_next(data);
            items[i] = Read(data);
        }
        Proton.pn_data_exit(data);
        return items;
    }

    private static object? ReadDescribed(nint data)
    {
        Proton.pn_data_enter(data);
        Proton.pn_data_next(data);
        Proton.pn_data_next(data);
        var value = Read(data);
        Proton.pn_data_exit(data);
        return value;
    }

    private static void WriteMap(nint data, IEnumerable<(object Key, object? Value)> map)
    {
        Proton.pn_data_put_map(data);
        Proton.pn_data_enter(data);
        foreach (var (key, value) in map)
        {
            Write(data, key);
            Write(data, value);
        }
        Proton.pn_data_exit(data);
    }

    private static void WriteList(nint data, IReadOnlyList<object> list)
    {
        Proton.pn_data_put_list(data);
        Proton.pn_data_enter(data);
        foreach (var item in list)
            Write(data, item);
        Proton.pn_data_exit(data);
    }

    private static void WriteArray<T>(nint data, Proton.Type type, T[] items)
    {
        Proton.pn_data_put_array(data, false, type);
        Proton.pn_data_enter(data);
        foreach (var item in items)
            Write(data, item);
        Proton.pn_data_exit(data);
    }

    private static void WriteBytes(nint data, byte[] value, Proton.Type type)
    {
        fixed (byte* start = value)
        {
            var bytes = new Proton.Bytes { Size = (nuint)value.Length, Start = start };
            switch (type)
            {
                case Proton.Type.String: Proton.pn_data_put_string(data, bytes); break;
                case Proton.Type.Symbol: Proton.pn_data_put_symbol(data, bytes); break;
                default: Proton.pn_data_put_binary(data, bytes); break;
            }
        }
    }

    private static Proton.Uuid ToUuid(Guid guid)
    {
        Span<byte> bytes = stackalloc byte[16];
        guid.TryWriteBytes(bytes, bigEndian: true, out _);
        return new Proton.Uuid { First = BinaryPrimitives.ReadUInt64LittleEndian(bytes), Second = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) };
    }

    private static Guid ToGuid(Proton.Uuid uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, uuid.First);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], uuid.Second);
        return new Guid(bytes, bigEndian: true);
    }
}
