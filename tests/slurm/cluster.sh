# A Slurm of one node on loopback, without systemd, for a test that runs as root. Sourced; all of it lives in one folder.
#   cluster_up DIR     starts munged, slurmctld and slurmd and sets SLURM_CONF
#   cluster_down DIR   cancels every job and stops the three, by their pid files only

cluster_missing() {  # prints what is not there, if anything
  local program
  for program in munged slurmctld slurmd sbatch srun scontrol; do
    command -v "$program" >/dev/null || { echo "$program is not installed (scripts/setup.sh --dev)"; return; }
  done
  ((EUID == 0)) || { echo "starting slurmd needs root"; return; }
  program=$(mktemp -u /tmp/balassa-device-XXXXXX)
  mknod "$program" c 1 3 2>/dev/null || echo "no device node can be made here"
  rm -f "$program"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

cluster_up() {
  local dir=$1 host memory i
  host=$(hostname -s)
  memory=$(awk '/MemTotal/ { print int($2 / 1024 * 0.8) }' /proc/meminfo)
  mkdir -p "$dir"/{munge,run,state,spool,log}
  chmod 0755 "$dir" "$dir/run"
  chmod 0700 "$dir/munge"
  (umask 077 && head -c 128 /dev/urandom > "$dir/munge/key")
  # Devices as /dev/null stand for GPUs: slurmd wants character devices, and jobs only see their numbers.
  for i in 0 1; do mknod "$dir/run/gpu$i" c 1 3; done
  # cred_expire: requeueing waits for old credentials to expire, 120 s by default. Far more processors than there are:
  # every job of the test may run at once, and only the one that asks for most of them is in another's way.
  cat > "$dir/slurm.conf" <<C
ClusterName=balassa-test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$dir/run/munge.socket,cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
SlurmdParameters=config_overrides
MpiDefault=none
SwitchType=switch/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/log/jobs
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=2,bf_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
KillWait=5
MinJobAge=600
ReturnToService=2
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 NodeHostname=$host CPUs=64 RealMemory=$memory Gres=gpu:2 State=UNKNOWN
PartitionName=steady Nodes=$host Default=YES MaxTime=01:00:00 State=UP PriorityTier=10 PreemptMode=off
PartitionName=spare Nodes=$host Default=NO MaxTime=01:00:00 State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=0
C
  printf 'AutoDetect=off\nNodeName=%s Name=gpu File=%s/run/gpu[0-1]\n' "$host" "$dir" > "$dir/gres.conf"
  printf 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n' > "$dir/cgroup.conf"
  export SLURM_CONF=$dir/slurm.conf
  munged --force --key-file="$dir/munge/key" --socket="$dir/run/munge.socket" --pid-file="$dir/run/munged.pid" \
    --log-file="$dir/log/munged.log" --seed-file="$dir/munge/seed" --num-threads=2
  slurmctld -c -f "$SLURM_CONF"
  slurmd -f "$SLURM_CONF" -N "$host"
  for ((i = 0; i < 60; ++i)); do
    [[ $(sinfo -h -o %T 2>/dev/null | head -n 1) == idle ]] && return 0
    sleep 0.5
  done
  echo "slurm: the node did not come up:" >&2
  tail -n 20 "$dir"/log/*.log >&2
  return 1
}

cluster_down() {
  local dir=$1 name pid i
  if [[ -n ${SLURM_CONF:-} ]] && scontrol ping >/dev/null 2>&1; then
    scancel --full --user=root 2>/dev/null
    for ((i = 0; i < 40; ++i)); do
      [[ -z $(squeue -h -t running,completing 2>/dev/null) ]] && break
      sleep 0.25
    done
  fi
  for name in slurmd slurmctld munged; do
    pid=$(cat "$dir/run/$name.pid" 2>/dev/null) || continue
    [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$name" ]] || continue
    kill "$pid"
    for ((i = 0; i < 100; ++i)); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null
  done
  return 0
}
