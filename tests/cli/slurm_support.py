"""A Slurm cluster of one node on the loopback interface, for as long as a test needs it."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import unittest

import support

START_SECONDS = 30
JOB_SECONDS = 120
STOP_SECONDS = 10
POLL_SECONDS = 0.1
KEEP = pathlib.Path(__file__).with_name("keep.py")
# The daemons are in sbin, which is not on everybody's PATH.
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
PROGRAMS = ("mungekey", "munged", "slurmctld", "slurmd", "sinfo", "sbatch", "scontrol")
FINISHED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"}
# More processors than there may be, so that elements run side by side. Neither cgroups nor
# accounting, which a container may not have. The scheduler looks at once, not every few seconds.
CONFIGURATION = """\
ClusterName=hindcast
{listening}
SlurmctldHost={host}({address})
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={place}/munge/socket
StateSaveLocation={place}/controller
SlurmdSpoolDir={place}/node
SlurmctldPidFile={place}/slurmctld.pid
SlurmdPidFile={place}/slurmd.pid
MailProg=/bin/true
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_min_interval=1000
PropagateResourceLimits=NONE
KillWait=1
NodeName={host} NodeAddr={address} CPUs=4
PartitionName=test Nodes=ALL Default=YES
"""
# Without this, slurmd looks for mounted cgroups, and with version 2 asks systemd for a scope,
# although nothing here needs one. Version 1 asks for nothing before it is needed.
CGROUPS = "CgroupPlugin=cgroup/v1\n"
# The daemons listen at the address that the host's name has, or else at every one.
LISTEN_THERE_ONLY = "CommunicationParameters=NoCtldInAddrAny,NoInAddrAny"


class NotHere(Exception):
    """Why Slurm does not run on this machine."""


def loopback_address(host):
    """The host's address if it is one of the loopback interface; containers often have another."""
    with contextlib.suppress(OSError):
        address = socket.gethostbyname(host)
        if address.startswith("127."):
            return address
    return None


def two_free_ports():
    """Ports that nobody listens at."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("", 0))
        other.bind(("", 0))
        return one.getsockname()[1], other.getsockname()[1]


def wait_until(done, seconds, what):
    """Asks until it is true, or raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not after {seconds} s")
        time.sleep(POLL_SECONDS)


class Cluster:
    """munged, slurmctld and slurmd as the present user, with all their files in one folder."""

    def __init__(self, place):
        self._place = place
        self._daemons = {}
        # Whatever the tests run in may itself be a job of another cluster.
        self.environment = {name: value for name, value in os.environ.items()
                            if not re.match(r"S(LURM|BATCH|QUEUE|INFO|CANCEL)_", name)}
        self.environment |= {"PATH": PATH, "SLURM_CONF": str(place / "slurm.conf")}

    def start(self):
        """Comes back once a job has run; raises NotHere where none can."""
        missing = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
        if missing:
            raise NotHere(f"no {', '.join(missing)}")
        self._configure()
        munge = self._place / "munge"
        self._run("mungekey", "--create", "--keyfile", munge / "key")
        # Forced, as it would otherwise judge the folder that temporary files are in.
        self._launch("munged", "--foreground", "--force", f"--key-file={munge}/key",
                     f"--socket={munge}/socket", f"--pid-file={munge}/pid",
                     f"--seed-file={munge}/seed")
        self._wait_for_start((munge / "socket").exists, "munged has no socket")
        self._launch("slurmctld", "-D", "-i")
        self._launch("slurmd", "-D")
        self._wait_for_start(lambda: self._state_of_node() == "idle", "the node is not idle")
        job = self.submit("--output=/dev/null", "--wrap=true")
        self._wait_for_start(lambda: self._has_finished(job), "a job does not end")
        if self.states(job) != ["COMPLETED"]:
            raise NotHere(f"a job that does nothing is {self.states(job)}: {self._last_words()}")

    def stop(self):
        """Ends the daemons and jobs, and comes back when they are gone."""
        for daemon in reversed(self._daemons.values()):
            daemon.stdin.close()
            daemon.wait(STOP_SECONDS)

    def submit(self, *arguments):
        """The id of a new job."""
        return self._run("sbatch", "--parsable", *arguments).strip()

    def states(self, job):
        """The state of a job, or those of an array's elements."""
        return re.findall(r"\bJobState=(\w+)", self._query("scontrol", "show", "job", "-o", job))

    def finish(self, job):
        """The states in which a job, or an array's elements, ended."""
        wait_until(lambda: self._has_finished(job), JOB_SECONDS, f"the end of job {job}")
        return self.states(job)

    def _has_finished(self, job):
        states = set(self.states(job))
        return bool(states) and states <= FINISHED

    def _configure(self):
        for folder in ("munge", "controller", "node"):
            (self._place / folder).mkdir()
        (self._place / "cgroup.conf").write_text(CGROUPS)
        host = socket.gethostname()
        address = loopback_address(host)
        controller_port, node_port = two_free_ports()
        (self._place / "slurm.conf").write_text(CONFIGURATION.format(
            place=self._place, host=host.split(".")[0], address=address or "127.0.0.1",
            listening=LISTEN_THERE_ONLY if address else "",
            controller_port=controller_port, node_port=node_port,
            user=self._run("id", "--user", "--name").strip()))

    def _launch(self, name, *arguments):
        """Starts a daemon that ends with the test, however that ends."""
        with open(self._log(name), "wb") as log:
            self._daemons[name] = subprocess.Popen(
                [sys.executable, "-B", KEEP, name, *arguments], stdin=subprocess.PIPE, stdout=log,
                stderr=log, env=self.environment, start_new_session=True)

    def _log(self, name):
        return self._place / f"{name}.log"

    def _wait_for_start(self, done, otherwise):
        def done_or_dead():
            for name, daemon in self._daemons.items():
                if daemon.poll() is not None:
                    raise NotHere(f"{name} has ended: {self._last_words()}")
            return done()

        try:
            wait_until(done_or_dead, START_SECONDS, otherwise)
        except TimeoutError as error:
            raise NotHere(f"{error}: {self._last_words()}") from error

    def _last_words(self):
        """The last line of each daemon's log."""
        logs = {name: self._log(name).read_text(errors="replace").split("\n")
                for name in self._daemons}
        return "; ".join(lines[-2] for lines in logs.values() if len(lines) > 1)

    def _state_of_node(self):
        return self._query("sinfo", "--noheader", "--format=%T").strip()

    def _query(self, *command):
        """What a command wrote to stdout, though it may have failed."""
        return subprocess.run(command, env=self.environment, capture_output=True, text=True,
                              check=False, timeout=START_SECONDS).stdout

    def _run(self, *command):
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True,
                              check=False, timeout=START_SECONDS)
        if done.returncode != 0:
            raise NotHere(f"{command[0]} fails: {done.stderr.strip()}")
        return done.stdout


def start_cluster():
    """A cluster until the module's tests are through; they are skipped where it cannot run."""
    place = unittest.enterModuleContext(support.temporary_directory())
    cluster = Cluster(place)
    unittest.addModuleCleanup(cluster.stop)
    try:
        cluster.start()
    except (NotHere, subprocess.TimeoutExpired) as reason:
        message = f"Slurm does not run here: {reason}"
        # unittest itself tells the reason only when it is verbose.
        print(message, file=sys.stderr)
        raise unittest.SkipTest(message) from reason
    return cluster
