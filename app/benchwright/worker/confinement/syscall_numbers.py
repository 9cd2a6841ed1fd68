"""System call numbers of the two architectures that workers are sealed on.

Source: Linux, `arch/x86/entry/syscalls/syscall_64.tbl`, `scripts/syscall.tbl` (aarch64). They never change.
"""

from functools import cache

import msgspec


class Architecture(msgspec.Struct, frozen=True):
    """One machine as seccomp sees it: its `AUDIT_ARCH_*` value and its system call numbers by name."""

    audit_value: int
    numbers: dict[str, int]
    has_x32: bool


_AUDIT_ARCH_X86_64 = 0xC000003E
_AUDIT_ARCH_AARCH64 = 0xC00000B7

# name=x86_64/aarch64, "-" where the architecture never had the call.
_TABLE = """
accept4=288/242 accept=43/202 acct=163/89 add_key=248/217 adjtimex=159/171 bind=49/200 bpf=321/280
brk=12/214 chmod=90/- chown=92/- chroot=161/51 clock_adjtime=305/266 clock_getres=229/114
clock_gettime=228/113 clock_nanosleep=230/115 clock_settime=227/112 clone3=435/435 clone=56/220 close=3/57
close_range=436/436 connect=42/203 delete_module=176/106 execve=59/221 execveat=322/281 exit=60/93
exit_group=231/94 fanotify_init=300/262 fchmod=91/52 fchmodat=268/53 fchown=93/55 fchownat=260/54
fcntl=72/25 fgetxattr=193/10 finit_module=313/273 flistxattr=196/13 flock=73/32 fork=57/-
fremovexattr=199/16 fsconfig=431/431 fsetxattr=190/7 fsmount=432/432 fsopen=430/430 fspick=433/433
fstat=5/80 futex=202/98 futimesat=261/- getpid=39/172 getppid=110/173 getrandom=318/278 getrusage=98/165
getsockopt=55/209 gettid=186/178 gettimeofday=96/169 getxattr=191/8 init_module=175/105
inotify_add_watch=254/27 inotify_init1=294/26 inotify_init=253/- io_uring_enter=426/426
io_uring_register=427/427 io_uring_setup=425/425 ioctl=16/29 ioperm=173/- iopl=172/- ioprio_set=251/30
kcmp=312/272 kexec_file_load=320/294 kexec_load=246/104 keyctl=250/219 kill=62/129 lchown=94/-
lgetxattr=192/9 listen=50/201 listxattr=194/11 llistxattr=195/12 lremovexattr=198/15 lseek=8/62
lsetxattr=189/6 madvise=28/233 membarrier=324/283 memfd_create=319/279 memfd_secret=447/447
migrate_pages=256/238 mknod=133/- mknodat=259/33 mmap=9/222 modify_ldt=154/- mount=165/40
mount_setattr=442/442 move_mount=429/429 move_pages=279/239 mprotect=10/226 mq_open=240/180
mq_unlink=241/181 mremap=25/216 msgctl=71/187 msgget=68/186 msgrcv=70/188 msgsnd=69/189 munmap=11/215
name_to_handle_at=303/264 nanosleep=35/101 open_by_handle_at=304/265 open_tree=428/428
perf_event_open=298/241 personality=135/92 pidfd_getfd=438/438 pidfd_open=434/434
pidfd_send_signal=424/424 pivot_root=155/41 poll=7/- ppoll=271/73 prctl=157/167 prlimit64=302/261
process_madvise=440/440 process_mrelease=448/448 process_vm_readv=310/270 process_vm_writev=311/271
ptrace=101/117 quotactl=179/60 quotactl_fd=443/443 read=0/63 reboot=169/142 recvfrom=45/207 recvmsg=47/212
removexattr=197/14 request_key=249/218 restart_syscall=219/128 rseq=334/293 rt_sigaction=13/134
rt_sigpending=127/136 rt_sigprocmask=14/135 rt_sigqueueinfo=129/138 rt_sigreturn=15/139
rt_sigsuspend=130/133 rt_sigtimedwait=128/137 rt_tgsigqueueinfo=297/240 sched_setaffinity=203/122
sched_setattr=314/274 sched_setparam=142/118 sched_setscheduler=144/119 sched_yield=24/124 seccomp=317/277
semctl=66/191 semget=64/190 semop=65/193 semtimedop=220/192 sendmsg=46/211 sendto=44/206
set_robust_list=273/99 setdomainname=171/162 sethostname=170/161 setns=308/268 setpgid=109/154
setpriority=141/140 setrlimit=160/164 setsid=112/157 settimeofday=164/170 setxattr=188/5 shmat=30/196
shmctl=31/195 shmdt=67/197 shmget=29/194 socket=41/198 socketpair=53/199 swapoff=168/225 swapon=167/224
symlink=88/- symlinkat=266/36 sync=162/81 syncfs=306/267 syslog=103/116 tgkill=234/131 time=201/-
tkill=200/130 umount2=166/39 unshare=272/97 userfaultfd=323/282 utime=132/- utimensat=280/88 utimes=235/-
vfork=58/- vhangup=153/58 write=1/64
"""


@cache
def numbers_for(machine: str) -> Architecture | None:
    """Return the table of `machine` (as `uname -m` says it), `None` for one that is not known."""
    columns = {"x86_64": (0, _AUDIT_ARCH_X86_64), "aarch64": (1, _AUDIT_ARCH_AARCH64)}
    if machine not in columns:
        return None
    column, audit_value = columns[machine]
    numbers = {}
    for cell in _TABLE.split():
        name, _, both = cell.partition("=")
        number = both.split("/")[column]
        if number != "-":
            numbers[name] = int(number)
    return Architecture(audit_value, numbers, has_x32=machine == "x86_64")
