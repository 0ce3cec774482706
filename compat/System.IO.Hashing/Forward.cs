using System.Runtime.CompilerServices;

[assembly: TypeForwardedTo(typeof(System.IO.Hashing.Crc64))]
