using System.Globalization;

namespace Vfi.Bench;

/// <summary>
/// Discrete-event simulation of workers on spot nodes: uploads, KEDA's polling, nodes that start slowly and vanish, messages
/// that come back, jobs with and without chunk checkpoints. Seeded: the same figures every time. See docs/scale.md.
/// </summary>
/// <param name="maximumNodes">One GPU and one pod each.</param>
/// <param name="preemptionsPerHour">Of a node.</param>
/// <param name="checkpoints">Whether finished chunks survive their node.</param>
internal sealed class ScaleSimulation(int maximumNodes, double preemptionsPerHour, bool checkpoints)
{
    private const double Hours = 3600;
    private const double ArrivalTime = 8 * Hours;
    private const double Load = 0.7;                    // of all GPUs, on average
    private const double MedianWork = 600, Spread = 1.2; // log-normal seconds of GPU time a job
    private const double ChunkTime = 20;                // seconds of GPU time
    private const double Poll = 15, PodStart = 20, ResumeTime = 10, Drain = 60, IdleNode = 300;
    private const double NodeStartFrom = 180, NodeStartTo = 420;
    private const double Unannounced = 0.2;             // of the preemptions: the message waits for its lock to end
    private const double LockFrom = 200, LockTo = 300;

    private readonly Random _random = new(1);
    private readonly PriorityQueue<Action, double> _events = new();
    private readonly Queue<Job> _waiting = new();
    private readonly List<Node> _nodes = [];
    private readonly List<double> _delays = [];
    private double _now, _useful, _lost, _paid;
    private int _locked, _invisible, _left, _interrupted;

    private enum State
    {
        Starting,
        Busy,
        Draining,
        Idle,
    }

    public static void RunAll()
    {
        Console.WriteLine("GPUs  preemptions/h  checkpoints  jobs   interrupted  work lost  delay mean  95 %     GPU time paid / useful");
        foreach (var nodes in (int[])[10, 100, 1000])
        {
            foreach (var rate in (double[])[0.05, 0.5])
            {
                foreach (var checkpoints in (bool[])[true, false])
                    new ScaleSimulation(nodes, rate, checkpoints).Run();
            }
        }
    }

    public void Run()
    {
        var meanWork = MedianWork * Math.Exp(Spread * Spread / 2);
        for (var time = Exponential(meanWork / (Load * maximumNodes)); time < ArrivalTime; time += Exponential(meanWork / (Load * maximumNodes)))
        {
            var job = new Job(time, MedianWork * Math.Exp(Spread * Normal()));
            _left++;
            At(time, () => Enqueue(job));
        }
        At(0, PollQueue);
        while (_left > 0 && _events.TryDequeue(out var action, out var time))
        {
            _now = time;
            action();
        }
        _delays.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{maximumNodes,4}  {preemptionsPerHour,13:0.00}  {(checkpoints ? "yes" : "no"),-11}  {_delays.Count,5}  {_interrupted,11}  {100 * _lost / _useful,7:0.00} %  {Minutes(_delays.Average()),10}  {Minutes(_delays[(int)(_delays.Count * 0.95)]),7}  {(_paid + _nodes.Sum(n => _now - n.Born)) / _useful,8:0.00}"));
    }

    private static string Minutes(double seconds) => (seconds / 60).ToString("0.0", CultureInfo.InvariantCulture) + " min";

    private void Enqueue(Job job)
    {
        _waiting.Enqueue(job);
        if (_nodes.Find(n => n.State == State.Draining) is { } node)
            TakeJob(node);
    }

    /// <summary>KEDA counts waiting and locked messages and starts the pods that are missing.</summary>
    private void PollQueue()
    {
        var missing = Math.Min(maximumNodes, _waiting.Count + _locked + _invisible) - _nodes.Count(n => n.State != State.Idle);
        for (; missing > 0; missing--)
        {
            var node = _nodes.Find(n => n.State == State.Idle);
            if (node is null)
            {
                node = new Node(_now);
                _nodes.Add(node);
                var added = node;
                At(_now + Exponential(Hours / preemptionsPerHour), () => Preempt(added));
                StartPod(node, NodeStartFrom + (NodeStartTo - NodeStartFrom) * _random.NextDouble() + PodStart);
            }
            else
            {
                StartPod(node, PodStart);
            }
        }
        At(_now + Poll, PollQueue);
    }

    private void StartPod(Node node, double after)
    {
        node.State = State.Starting;
        After(node, after, () => TakeJob(node));
    }

    private void TakeJob(Node node)
    {
        if (!_waiting.TryDequeue(out var job))
        {
            node.State = State.Draining;
            After(node, Drain, () =>
            {
                node.State = State.Idle;
                After(node, IdleNode, () => Remove(node));
            });
            return;
        }
        _locked++;
        (node.State, node.Job, node.Since) = (State.Busy, job, _now);
        After(node, ResumeTime + job.Work - job.Done, () =>
        {
            _locked--;
            _left--;
            _useful += job.Work;
            _delays.Add(_now - job.Arrived - job.Work);
            TakeJob(node);
        });
    }

    private void Preempt(Node node)
    {
        if (!_nodes.Contains(node))
            return;
        if (node is { State: State.Busy, Job: { } job })
        {
            _interrupted++;
            _locked--;
            var before = job.Done;
            var worked = Math.Max(0, _now - node.Since - ResumeTime);
            job.Done = checkpoints ? Math.Floor((before + worked) / ChunkTime) * ChunkTime : 0;
            _lost += before + worked - job.Done + Math.Min(ResumeTime, _now - node.Since);
            _invisible++;
            At(_now + (_random.NextDouble() < Unannounced ? LockFrom + (LockTo - LockFrom) * _random.NextDouble() : 1), () =>
            {
                _invisible--;
                Enqueue(job);
            });
        }
        Remove(node);
    }

    private void Remove(Node node)
    {
        node.Version++;
        _paid += _now - node.Born;
        _nodes.Remove(node);
    }

    /// <summary>Unless the node does something else by then.</summary>
    private void After(Node node, double seconds, Action action)
    {
        var version = ++node.Version;
        At(_now + seconds, () =>
        {
            if (node.Version == version)
                action();
        });
    }

    private void At(double time, Action action) => _events.Enqueue(action, time);

    private double Exponential(double mean) => -mean * Math.Log(1 - _random.NextDouble());

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private sealed class Job(double arrived, double work)
    {
        public double Arrived { get; } = arrived;

        public double Work { get; } = work;

        /// <summary>What need not be done again.</summary>
        public double Done { get; set; }
    }

    private sealed class Node(double born)
    {
        public double Born { get; } = born;

        public State State { get; set; }

        public Job? Job { get; set; }

        public double Since { get; set; }

        /// <summary>Of the last thing that was planned for it; earlier plans are void.</summary>
        public int Version { get; set; }
    }
}
