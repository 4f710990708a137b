"""Words that say nothing about what a comment is about, of the languages that customers write in: our own short lists.

In small letters and without accents, as the search configuration has them. Words of one or two letters never count.
"""

from __future__ import annotations

ENGLISH = """
    about above after again against all almost already also although always and any anybody anyone anything are
    around because been before being below between both but came can cannot come could did does doing done down
    during each either else end enough even ever every everybody everyone everything far few for from further get
    gets getting give got had has have having her here hers him his how however into its itself just knew know knows
    let like lot made make makes many may maybe more most much must myself never nobody none nor not nothing now off
    often once one only other others our ours out over own per please quite rather really said same say says see
    seem shall she should since some somebody someone something soon still such take takes than that the their
    theirs them then there these they thing things this those though too took two under until upon use used uses
    using very was way well went were what when where which while who whom whose why will with within without would
    yes yet you your yours
"""
SPANISH = """
    ahora algo alguien algun alguna ante antes aquel aqui asi aun aunque cada casi como con contra cual cuando
    cuanto del desde despues donde dos durante ella ellas ellos entre era eran eres esa ese eso esta estaba estan
    estar estas este esto estos estoy fue fueron gran hace hacen hacer hacia han hasta hay las les los mas menos mis
    mismo mucho muchos muy nada nadie nos nosotros nuestra nuestro nunca otra otro otros para pero poco por porque
    pues que quien sea ser sera sido siempre sin sobre solo somos son soy sus suyo tal tambien tan tanto tiene
    tienen toda todas todavia todo todos tras una unas uno unos usted ustedes vez
"""
FRENCH = """
    afin ainsi alors apres aucun aucune aussi autre autres aux avait avant avec avez avoir avons ceci cela celle
    celui ces cet cette ceux chaque chez comme comment dans depuis des deux dire doit donc dont elle elles encore
    entre est etaient etait ete etes etre eux faire fait fois ici ils jamais jusque les leur leurs lors mais meme
    mes moi moins mon nos notre nous ont par parce pas pendant peu peut plus pour pourquoi pouvoir quand que quel
    quelle quelque qui quoi rien sans sera ses seulement soit son sont sous suis sur tous tout toute toutes tres
    trop une vers voici voir vos votre vous
"""
INDONESIAN = """
    ada adalah agar akan aku anda antara apa apakah atas atau bagi bahwa banyak baru bawah beberapa belum bisa boleh
    bukan cukup cuma dalam dan dapat dari dengan dia dua hal hanya harus hingga ini itu jadi jangan jika juga kalau
    kami kamu karena kepada kita lagi lah lain lalu lebih maka masih mereka nya oleh pada paling para pernah pun
    saat saja saling sama sambil sampai sangat satu saya sebagai sebelum sebuah secara sedang sehingga sejak selalu
    seluruh semua seperti sering serta setelah setiap siapa sini situ suatu sudah supaya tak tanpa tapi telah
    tentang terhadap terlalu tetapi tiap tidak untuk yaitu yang
"""
STOP_WORDS = frozenset((ENGLISH + SPANISH + FRENCH + INDONESIAN).split())
